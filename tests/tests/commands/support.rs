//! One throw-away server for all tests of this binary, and the program under test.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use pgstrata_tools::cluster::Cluster;
use postgres::{Client, NoTls, SimpleQueryMessage};
use tempfile::TempDir;

/// What one run of the program came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// Asserts the exit code and that standard error holds each of `parts`.
    pub(crate) fn fails(&self, code: i32, parts: &[&str]) {
        assert_eq!(self.code, code, "{self:#?}");
        for part in parts {
            assert!(self.stderr.contains(part), "{part:?} is not in {self:#?}");
        }
        assert!(!self.stderr.contains("panicked"), "{self:#?}");
    }

    /// Asserts success; returns standard output.
    pub(crate) fn succeeds(&self) -> &str {
        assert_eq!(self.code, 0, "{self:#?}");
        &self.stdout
    }
}

/// Runs `cargo pgstrata <arguments> --dir <dir>` without the caller's own settings.
pub(crate) fn run(dir: &Path, arguments: &[&str]) -> Outcome {
    run_with(dir, arguments, &[])
}

pub(crate) fn run_with(dir: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgstrata"));
    let database = [
        "DATABASE_URL",
        "PGHOST",
        "PGHOSTADDR",
        "PGPORT",
        "PGUSER",
        "PGDATABASE",
        "PGSERVICE",
        "PGSTRATA_REQUIRE_PREFLIGHT",
        "PGSTRATA_EXPECT_DATABASE",
        "PGPASSWORD",
        "PGPASSFILE",
        "PGSSLMODE",
        "PGSSLROOTCERT",
        "PGSERVICEFILE",
        "PGTARGETSESSIONATTRS",
        "PGLOADBALANCEHOSTS",
        "PGOPTIONS",
    ];
    let git = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"];
    let colours = ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"];
    let build_server = ["GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"];
    for name in database
        .iter()
        .chain(&git)
        .chain(&colours)
        .chain(&build_server)
    {
        command.env_remove(name);
    }
    let output = command
        .args(arguments)
        .arg("--dir")
        .arg(dir)
        .env("PGSTRATA_BACKUP_DIR", dir.join(".backups"))
        .envs(variables.iter().copied())
        .output()
        .expect("the program runs");
    let outcome = Outcome::from(output);
    crate::documents::check(dir, arguments, &outcome.stdout);
    outcome
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The server of this test program; it goes when the program ends.
pub(crate) fn server() -> &'static Cluster {
    static SERVER: OnceLock<Cluster> = OnceLock::new();
    SERVER.get_or_init(|| Cluster::start(version()).expect("a throw-away server"))
}

/// A new database; its address.
pub(crate) fn database() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("commands_{}_{number}", std::process::id());
    server().create_database(&name).expect("a database")
}

/// The newest that there is: `pg_dump` must not be older.
pub(crate) fn version() -> Option<u32> {
    None
}

/// The first value of the first row, as text.
pub(crate) fn ask(client: &mut Client, query: &str) -> String {
    let messages = client.simple_query(query).expect(query);
    let value = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    value.unwrap_or_default().to_owned()
}

pub(crate) fn connect(url: &str) -> Client {
    Client::connect(url, NoTls).expect("a connection")
}

/// How many sessions of the database wait for a lock.
pub(crate) const WAITING: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'";

/// How many tables, views, functions and types of its own a database has.
pub(crate) fn objects(url: &str) -> i64 {
    let own = "(SELECT count(*) FROM pg_class WHERE relnamespace::regnamespace::text !~ '^(pg_|information_schema)')
        + (SELECT count(*) FROM pg_proc WHERE pronamespace::regnamespace::text !~ '^(pg_|information_schema)')";
    connect(url)
        .query_one(&format!("SELECT {own}"), &[])
        .expect("a count")
        .get(0)
}

/// A directory of these files.
pub(crate) fn directory(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text).expect("a file");
    }
    dir
}

/// Writes one more, below folders that are made.
pub(crate) fn file(dir: &TempDir, name: &str, text: &str) {
    let path = dir.path().join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}

/// Two migrations that depend on each other.
pub(crate) fn shop() -> TempDir {
    directory(&[
        (
            "0001_create_customer.up.sql",
            "CREATE TABLE customer (id bigint PRIMARY KEY);\n",
        ),
        ("0001_create_customer.down.sql", "DROP TABLE customer;\n"),
        (
            "0002_create_invoice.up.sql",
            "CREATE TABLE invoice (id bigint PRIMARY KEY, customer bigint REFERENCES customer);\n",
        ),
        ("0002_create_invoice.down.sql", "DROP TABLE invoice;\n"),
    ])
}

/// Names and bytes of all files, to see that nothing was changed.
pub(crate) fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(dir).expect("a directory");
    let files = entries.map(|entry| {
        let entry = entry.expect("an entry");
        let bytes = std::fs::read(entry.path()).unwrap_or_default();
        (entry.file_name().to_string_lossy().into_owned(), bytes)
    });
    files.collect()
}
