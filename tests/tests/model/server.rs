//! Servers that can be stopped at any moment and lose nothing by it, unlike those of other tests.

use std::io::{BufRead, BufReader, Lines, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{LazyLock, Mutex};
use std::thread::sleep;
use std::time::Instant;

use postgres::{Client, NoTls};

use crate::database::{Database, LIMIT, LOOK, ask};
use crate::support::cluster;

/// A shell that runs servers, and ends them with this process.
pub(crate) struct Shell {
    process: Child,
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
    pub(crate) folder: PathBuf,
}

/// The files of a server that was stopped, for all others to begin with.
static TEMPLATE: LazyLock<Mutex<Shell>> = LazyLock::new(|| {
    let mut shell = Shell::start();
    shell.run(
        "\"$programs/initdb\" --pgdata=template --username=postgres --auth=trust \
         --encoding=UTF8 --locale=C --no-sync --wal-segsize=1",
    );
    // The machine goes on when a server is stopped, so that what was written is there. A standby
    // asks again at once.
    let settings = "shared_buffers=16MB max_connections=200 fsync=off full_page_writes=off \
                    min_wal_size=2MB wal_retrieve_retry_interval=20";
    shell.run(&format!(
        "for it in {settings}; do echo $it >>template/postgresql.conf; done"
    ));
    shell.launch("template");
    let socket = shell.folder.join("socket_template");
    let mut client = Database::new(&socket, "postgres").connect();
    for sql in [
        "CREATE DATABASE model",
        // A copy of the folder takes as long as it has files.
        "UPDATE pg_database SET datistemplate = false",
        "DROP DATABASE template0",
        "DROP DATABASE template1",
    ] {
        client.batch_execute(sql).unwrap();
    }
    drop(client);
    shell.run("kill -INT $template; wait $template");
    Mutex::new(shell)
});

impl Shell {
    /// With `$programs`, where the server's are, and `$files`, those of a server that was stopped.
    fn with_template() -> Self {
        let files = TEMPLATE.lock().unwrap().folder.join("template");
        let mut shell = Self::start();
        shell.run(&format!("files='{}'", files.display()));
        shell
    }

    fn start() -> Self {
        let mut client = Client::connect(&cluster().url("postgres"), NoTls).unwrap();
        let programs = "SELECT setting FROM pg_config() WHERE name = 'BINDIR'";
        let programs = ask(&mut client, programs).unwrap().remove(0);
        let config = cluster().config("postgres");
        let [postgres::config::Host::Unix(socket)] = config.get_hosts() else {
            panic!("the model starts servers of its own: unset PGSTRATA_TEST_URL");
        };
        let owner = std::fs::metadata(socket).unwrap();
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", include_str!("shell.sh"), "pgstrata-model"])
            .args([std::env::temp_dir(), PathBuf::from("/tmp")])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        // Whoever is not root has started that server as well.
        if tempfile::tempfile().unwrap().metadata().unwrap().uid() == 0 {
            command.uid(owner.uid()).gid(owner.gid());
        }
        let mut process = command.spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
        let folder = output.next().unwrap().unwrap().into();
        let mut shell = Self {
            input: process.stdin.take(),
            process,
            output,
            folder,
        };
        shell.run(&format!("programs='{programs}'"));
        shell.run("mkdir socket_template socket_a socket_b");
        shell
    }

    /// Runs a line, which must succeed.
    pub(crate) fn run(&mut self, line: &str) {
        let mut input = self.input.as_ref().unwrap();
        writeln!(input, "{line}").unwrap();
        let status = self.output.next().unwrap().unwrap();
        assert_eq!(status, "0", "{line}: {}", self.log("log"));
    }

    fn log(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.join(name)).unwrap_or_default()
    }

    /// Starts the server whose data are in this folder, and waits until it answers. `pg_ctl` looks
    /// ten times a second only.
    pub(crate) fn launch(&mut self, name: &str) {
        self.run(&format!(
            "\"$programs/postgres\" -D {name} -k \"$folder/socket_{name}\" -c listen_addresses='' \
             >>{name}.log 2>&1 & {name}=$!"
        ));
        let file = self.folder.join(name).join("postmaster.pid");
        let began = Instant::now();
        // Its eighth line.
        while std::fs::read_to_string(&file).map_or(true, |text| {
            !matches!(
                text.lines().nth(7).map(str::trim),
                Some("ready" | "standby")
            )
        }) {
            let log = || self.log(&format!("{name}.log"));
            assert!(began.elapsed() < LIMIT, "{name} does not start: {}", log());
            sleep(LOOK);
        }
    }

    /// Without a word to anybody: what the server had in its memory is gone.
    pub(crate) fn stop_at_once(&mut self, name: &str) {
        self.run(&format!("kill -QUIT ${name}; wait ${name}; :"));
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // Which ends its servers.
        drop(self.input.take());
        let _ = self.process.wait();
    }
}

/// The server of all that need none of their own.
pub(crate) static SHARED: LazyLock<Durable> = LazyLock::new(Durable::start);

/// A server that comes up again after an immediate stop, with all that was committed.
pub(crate) struct Durable(Mutex<Shell>);

impl Durable {
    pub(crate) fn start() -> Self {
        let mut shell = Shell::with_template();
        shell.run("cp -R \"$files\" a");
        shell.launch("a");
        Self(Mutex::new(shell))
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.0.lock().unwrap().folder.join("socket_a")
    }

    pub(crate) fn restart(&self) {
        let mut shell = self.0.lock().unwrap();
        shell.stop_at_once("a");
        shell.launch("a");
    }
}

/// A server, and a standby that takes over.
pub(crate) struct Pair(Mutex<Shell>);

impl Pair {
    pub(crate) fn start() -> Self {
        Self(Mutex::new(Shell::with_template()))
    }

    pub(crate) fn socket(&self, name: &str) -> PathBuf {
        let shell = self.0.lock().unwrap();
        shell.folder.join(format!("socket_{name}"))
    }

    /// Both from the start; every commit waits until the standby has it.
    pub(crate) fn renew(&self) {
        let mut shell = self.0.lock().unwrap();
        for name in ["a", "b"] {
            if shell.folder.join(name).join("postmaster.pid").exists() {
                shell.stop_at_once(name);
            }
        }
        shell.run("rm -rf a b; cp -R \"$files\" a && cp -R \"$files\" b && : >b/standby.signal");
        let primary = shell.folder.join("socket_a");
        shell.run(&format!(
            "echo \"primary_conninfo = 'host={} user=postgres application_name=b'\" >>b/postgresql.conf",
            primary.display()
        ));
        shell.run("echo synchronous_standby_names=b >>a/postgresql.conf");
        shell.launch("a");
        shell.launch("b");
        let folder = shell.folder.clone();
        drop(shell);
        let mut client = Database::new(&folder.join("socket_a"), "postgres").connect();
        let state = "SELECT sync_state FROM pg_stat_replication";
        while ask(&mut client, state).unwrap() != ["sync"] {
            sleep(LOOK);
        }
    }

    /// From now on the standby hears nothing, and nobody waits for it.
    pub(crate) fn part(&self) {
        let [primary, standby] = ["a", "b"].map(|name| self.socket(name));
        for (socket, setting) in [
            (&standby, "primary_conninfo"),
            (&primary, "synchronous_standby_names"),
        ] {
            let mut client = Database::new(socket, "postgres").connect();
            for sql in [
                &*format!("ALTER SYSTEM SET {setting} = ''"),
                "SELECT pg_reload_conf()",
            ] {
                client.batch_execute(sql).unwrap();
            }
        }
        let mut client = Database::new(&primary, "postgres").connect();
        while !ask(&mut client, "SELECT pid FROM pg_stat_replication")
            .unwrap()
            .is_empty()
        {
            sleep(LOOK);
        }
    }

    pub(crate) fn fail_over(&self) {
        let mut shell = self.0.lock().unwrap();
        shell.stop_at_once("a");
        shell.run(": >b/promote && kill -USR1 $b");
        let socket = shell.folder.join("socket_b");
        drop(shell);
        let mut client = Database::new(&socket, "postgres").connect();
        while ask(&mut client, "SELECT pg_is_in_recovery()").unwrap() != ["f"] {
            sleep(LOOK);
        }
    }
}
