//! The throw-away server works, and is gone with its owner, whatever ends that.
//!
//! Every test runs this program again, to be the owner of a server and to end
//! in some way: see [`owner`]. The owner has a temporary folder of its own, in
//! which nothing may be left. The file is long because the acts must be in the
//! program that the tests run again.

#![allow(
    clippy::unwrap_used,
    reason = "what a helper unwraps is part of the test that calls it"
)]

use std::env;
use std::error::Error;
use std::fs::{self, Permissions};
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{self, Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use pgstrata_tools::cluster::Cluster;
use postgres::{Client, NoTls};
use tempfile::TempDir;

const ACT: &str = "PGSTRATA_CLUSTER_TEST_ACT";
const VERSION: &str = "PGSTRATA_CLUSTER_TEST_VERSION";
const SERVER: &str = "PGSTRATA_TEST_URL";
const LIMIT: Duration = Duration::from_secs(30);

static NEVER_DROPPED: OnceLock<Cluster> = OnceLock::new();

#[test]
fn dropping_and_stopping_leave_nothing() {
    for act in ["drop", "stop"] {
        check(act, |status| status.success());
    }
}

#[test]
fn a_panic_leaves_nothing() {
    check("panic", |status| !status.success());
}

#[test]
fn a_static_leaves_nothing() {
    check("return", |status| status.success());
    check("exit", |status| status.code() == Some(7));
}

#[test]
fn a_signal_leaves_nothing() {
    for (name, number) in [("INT", 2), ("TERM", 15), ("KILL", 9)] {
        let mut owner = Owner::start("wait", &[]);
        owner.read_folder();
        owner.signal(name);
        let status = owner.end();
        // A shell that starts the tests with `&` has them ignore INT.
        assert_eq!(status.signal(), Some(number), "ended by {name}");
        owner.assert_nothing_left();
    }
}

#[test]
fn a_kill_during_initdb_leaves_nothing() {
    for progress in ["", "data/global"] {
        let mut owner = Owner::start("wait", &[]);
        let folder = poll("the folder of the server", || {
            let folder = owner.server_folders().pop()?;
            folder.join(progress).exists().then_some(folder)
        });
        owner.signal("KILL");
        assert_eq!(owner.end().signal(), Some(9));
        assert!(!folder.join(".s.PGSQL.5432").exists(), "killed too late");
        owner.folders.push(folder);
        owner.assert_nothing_left();
    }
}

#[test]
fn servers_of_one_process_are_independent() {
    check("two", |status| status.success());
}

#[test]
fn a_temporary_folder_too_long_for_a_socket_is_not_used() {
    let long = tempfile::tempdir().unwrap();
    let folder = long.path().join("a".repeat(90));
    fs::create_dir(&folder).unwrap();
    open_to_all(long.path());
    open_to_all(&folder);
    let mut owner = Owner::start("stop", &[("TMPDIR", folder.to_str().unwrap())]);
    assert!(owner.read_folder().starts_with("/tmp"));
    assert!(owner.end().success());
    owner.assert_nothing_left();
}

/// Where 18 is installed this starts that one; elsewhere npm must reach its registry, or
/// the error must say so. On a machine that runs with `CI` set, it must reach it.
#[test]
fn a_major_that_is_not_installed_comes_from_npm() {
    let mut owner = Owner::start("stop", &[(VERSION, "18")]);
    let (is_started, said) = owner.read_version_or_error();
    if is_started {
        assert!(said.starts_with("18"), "{said}");
        owner.read_folder();
        assert!(owner.end().success());
    } else {
        assert!(env::var_os("CI").is_none(), "{said}");
        assert!(
            said.contains("check that npm runs and reaches its registry"),
            "{said}"
        );
        assert_eq!(owner.end().code(), Some(1));
    }
    owner.assert_nothing_left();
}

#[test]
fn an_unknown_major_is_refused_with_advice() {
    let error = refusal(&[(VERSION, "99")]);
    for part in ["PostgreSQL 99", "install", SERVER, "majors 13 to 18"] {
        assert!(error.contains(part), "no {part:?} in: {error}");
    }
}

#[test]
fn programs_that_cannot_run_are_skipped_and_named() {
    let programs = fake_programs("exit 1");
    fs::set_permissions(
        programs.path().join("initdb"),
        Permissions::from_mode(0o600),
    )
    .unwrap();
    let error = refusal(&[(VERSION, "99"), ("PATH", &on_path(&programs))]);
    let folder = programs.path().to_str().unwrap();
    for part in [folder, "cannot run initdb", "denied"] {
        assert!(error.contains(part), "no {part:?} in: {error}");
    }
}

#[test]
fn failing_programs_are_reported_with_their_log() {
    let programs = fake_programs("echo the disk is made of cheese; exit 3");
    let error = refusal(&[("PATH", &on_path(&programs))]);
    let folder = programs.path().to_str().unwrap();
    for part in ["starting", folder, "the disk is made of cheese", "status 3"] {
        assert!(error.contains(part), "no {part:?} in: {error}");
    }
}

#[test]
fn a_borrowed_server_gets_its_databases_dropped() {
    let mut lender = Owner::start("wait", &[]);
    let url = lender.read("url ");
    lender.read_folder();

    let mut borrower = Owner::start("drop", &[(SERVER, &url)]);
    assert_eq!(borrower.read("origin "), format!("${SERVER}"));
    borrower.read("folder ");
    assert!(borrower.end().success());
    borrower.assert_nothing_left();

    let error = refusal(&[(SERVER, &url), (VERSION, "99")]);
    assert!(error.contains("is version"), "{error}");
    let error = refusal(&[(SERVER, "nonsense")]);
    assert!(error.contains(SERVER), "{error}");

    let mut client = Client::connect(&url, NoTls).unwrap();
    let sql = "SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1";
    let databases = client.query(sql, &[]).unwrap();
    let databases: Vec<String> = databases.iter().map(|row| row.get(0)).collect();
    assert_eq!(
        databases,
        ["lent", "postgres"],
        "the lender's own and no other"
    );
    drop(client);

    lender.signal("TERM");
    lender.end();
    lender.assert_nothing_left();
}

/// What the tests above run, with the act in the environment; and that it ends well by itself.
#[test]
fn owner() {
    let Ok(act) = env::var(ACT) else {
        return check("drop", |status| status.success());
    };
    let version = env::var(VERSION)
        .ok()
        .map(|version| version.parse().unwrap());
    let cluster = match Cluster::start(version) {
        Ok(cluster) => cluster,
        Err(error) => {
            say("error", &chain(&error));
            process::exit(1);
        }
    };
    say("version", cluster.server_version());
    say("origin", cluster.origin());
    say("url", &cluster.url("postgres"));
    match &*act {
        "drop" => {
            work(&cluster, "borrowed");
            drop(cluster);
        }
        "stop" => {
            let folder = work(&cluster, "quo\"te é/?%");
            cluster.stop().unwrap();
            assert!(!folder.exists(), "stopped, and the folder is still there");
        }
        "panic" => {
            work(&cluster, "panicked");
            panic!("as asked");
        }
        "return" => {
            work(NEVER_DROPPED.get_or_init(|| cluster), "returned");
        }
        "exit" => {
            work(NEVER_DROPPED.get_or_init(|| cluster), "exited");
            process::exit(7);
        }
        "wait" => {
            work(&cluster, "lent");
            io::stdin().lines().for_each(drop);
        }
        "two" => {
            work(&cluster, "first");
            let second = thread::spawn(|| Cluster::start(None).unwrap())
                .join()
                .unwrap();
            work(&second, "first");
            cluster.stop().unwrap();
            work(&second, "second");
        }
        _ => panic!("no act {act:?}"),
    }
}

/// Uses both ways to a new database, and leaves a connection open.
fn work(cluster: &Cluster, database: &str) -> PathBuf {
    let url = cluster.create_database(database).unwrap();
    let mut by_url = Client::connect(&url, NoTls).unwrap();
    let mut by_config = cluster.config(database).connect(NoTls).unwrap();
    by_url.batch_execute("CREATE TABLE thing ()").unwrap();
    let sql = "SELECT current_database()::text, 'thing'::regclass::text, setting
               FROM pg_settings WHERE name = 'unix_socket_directories'";
    let row = by_config.query_one(sql, &[]).unwrap();
    let (name, _, folder): (String, String, String) = (row.get(0), row.get(1), row.get(2));
    assert_eq!(name, database);
    std::mem::forget(by_url);
    let folder = folder.trim_matches('"');
    say("folder", folder);
    folder.into()
}

fn say(what: &str, value: &str) {
    println!("\n{what} {}", value.replace('\n', "\t"));
}

fn chain(error: &dyn Error) -> String {
    let cause = error.source().map(|cause| format!(": {}", chain(cause)));
    format!("{error}{}", cause.unwrap_or_default())
}

/// The owner does `act`, ends as expected, and leaves nothing.
fn check(act: &str, expected: fn(ExitStatus) -> bool) {
    let mut owner = Owner::start(act, &[]);
    while owner
        .try_read("folder ")
        .map(|folder| owner.folders.push(folder.into()))
        .is_some()
    {}
    let status = owner.end();
    assert!(expected(status), "{act} ended with {status}");
    assert!(!owner.folders.is_empty(), "{act} ran no server");
    owner.assert_nothing_left();
}

/// What an owner says that cannot start a server.
fn refusal(variables: &[(&str, &str)]) -> String {
    let mut owner = Owner::start("stop", variables);
    let error = owner.read("error ");
    assert_eq!(owner.end().code(), Some(1));
    owner.assert_nothing_left();
    error
}

/// This program again, as the owner of a server.
struct Owner {
    process: Child,
    /// Held open, because `wait` ends with it.
    _stdin: ChildStdin,
    output: io::Lines<BufReader<process::ChildStdout>>,
    temporary: TempDir,
    folders: Vec<PathBuf>,
}

impl Owner {
    fn start(act: &str, variables: &[(&str, &str)]) -> Self {
        let temporary = tempfile::Builder::new().prefix("owner").tempdir().unwrap();
        open_to_all(temporary.path());
        let complaints = match act {
            "panic" => Stdio::null(),
            _ => Stdio::inherit(),
        };
        let mut process = with_default_signals(&env::current_exe().unwrap())
            .args(["--exact", "owner", "--nocapture"])
            .env(ACT, act)
            .env("TMPDIR", temporary.path())
            .env_remove(VERSION)
            .env_remove(SERVER)
            .envs(variables.iter().copied())
            // A group of its own, to be signalled whole as a terminal does.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(complaints)
            .spawn()
            .unwrap();
        Self {
            _stdin: process.stdin.take().unwrap(),
            output: BufReader::new(process.stdout.take().unwrap()).lines(),
            process,
            temporary,
            folders: Vec::new(),
        }
    }

    /// The next thing it says that starts so.
    fn read(&mut self, start: &str) -> String {
        self.try_read(start)
            .unwrap_or_else(|| panic!("the owner never said {start:?}"))
    }

    fn try_read(&mut self, start: &str) -> Option<String> {
        self.output
            .by_ref()
            .map(Result::unwrap)
            .find_map(|line| line.strip_prefix(start).map(str::to_owned))
    }

    /// Whether the server started; its version, or what is wrong.
    fn read_version_or_error(&mut self) -> (bool, String) {
        let mut lines = self.output.by_ref().map(Result::unwrap);
        let said = lines.find_map(|line| {
            let version = line
                .strip_prefix("version ")
                .map(|version| (true, version.to_owned()));
            version.or_else(|| {
                line.strip_prefix("error ")
                    .map(|error| (false, error.to_owned()))
            })
        });
        said.unwrap_or_else(|| panic!("the owner said nothing"))
    }

    /// The folder of its server, whose processes must be there to be seen.
    fn read_folder(&mut self) -> PathBuf {
        let folder = PathBuf::from(self.read("folder "));
        self.folders.push(folder.clone());
        folder
    }

    /// In its temporary folder, where a cache of programs may stand as well.
    fn server_folders(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.temporary.path()).unwrap();
        entries
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.file_name().to_string_lossy().starts_with("pgstrata."))
            .map(|entry| entry.path())
            .collect()
    }

    fn signal(&self, name: &str) {
        assert!(
            !processes(&self.folders).is_empty() || self.folders.is_empty(),
            "the server does not run"
        );
        let kill = format!("kill -{name} -{}", self.process.id());
        assert!(
            Command::new("/bin/sh")
                .args(["-c", &kill])
                .status()
                .unwrap()
                .success()
        );
    }

    fn end(&mut self) -> ExitStatus {
        poll("the end of the owner", || self.process.try_wait().unwrap())
    }

    fn assert_nothing_left(&self) {
        poll("the end of all processes and files of the server", || {
            let made = self.server_folders().len();
            let folders = self.folders.iter().filter(|folder| folder.exists()).count();
            (made + folders + processes(&self.folders).len() == 0).then_some(())
        });
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // For the tests that fail.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The command lines that name one of the folders: the watchdog's descendants
/// have it as an argument, and server processes show it as their cluster name.
fn processes(folders: &[PathBuf]) -> Vec<String> {
    let output = Command::new("ps")
        .args(["-A", "-ww", "-o", "args="])
        .output()
        .unwrap();
    let names: Vec<_> = folders
        .iter()
        .map(|folder| folder.file_name().unwrap().to_str().unwrap())
        .collect();
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter(|line| names.iter().any(|name| line.contains(name)))
        .map(str::to_owned)
        .collect()
}

/// A job in the background of a shell ignores SIGINT, and so do its children, unless
/// somebody says otherwise.
fn with_default_signals(program: &Path) -> Command {
    if cfg!(target_os = "linux") {
        let mut command = Command::new("env");
        command.arg("--default-signal=INT,TERM,HUP").arg(program);
        command
    } else {
        Command::new(program)
    }
}

fn poll<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + LIMIT;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// A server run by root is given to another account, which must get in.
fn open_to_all(folder: &Path) {
    fs::set_permissions(folder, Permissions::from_mode(0o777)).unwrap();
}

/// Programs newer than all others, whose `initdb` does only `command`.
fn fake_programs(command: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    open_to_all(folder.path());
    for (name, command) in [("initdb", command), ("postgres", "exit 1")] {
        let script = format!(
            "#!/bin/sh\ncase $1 in --version) echo '{name} (PostgreSQL) 99.1'; exit;; esac\n{command}\n"
        );
        let path = folder.path().join(name);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    }
    folder
}

fn on_path(programs: &TempDir) -> String {
    format!(
        "{}:{}",
        programs.path().display(),
        env::var("PATH").unwrap()
    )
}
