//! Servers that can be stopped at any moment and lose nothing by it, unlike those of other tests.

use std::io::{BufRead, BufReader, Lines, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use postgres::{Client, NoTls};

use crate::database::{Database, ask};
use crate::support::cluster;

/// A shell that runs servers, and ends them with this process.
pub(crate) struct Shell {
    process: Child,
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
    pub(crate) folder: PathBuf,
}

impl Shell {
    /// With `$programs`, where the server's are, and a server that was stopped in `template`.
    fn start(databases: &[&str]) -> Self {
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
        shell.run(
            "\"$programs/initdb\" --pgdata=template --username=postgres --auth=trust \
             --encoding=UTF8 --locale=C --no-sync --wal-segsize=1",
        );
        shell.run("mkdir socket_template socket_a socket_b");
        shell.run("echo shared_buffers=16MB >>template/postgresql.conf");
        shell.launch("template", "");
        let socket = shell.folder.join("socket_template");
        for database in databases {
            Database::create(&socket, database);
        }
        // A copy of the folder takes as long as it has files.
        let mut client = Database::new(&socket, "postgres").connect();
        client
            .batch_execute("UPDATE pg_database SET datistemplate = false")
            .unwrap();
        for spare in ["template0", "template1"] {
            client
                .batch_execute(&format!("DROP DATABASE {spare}"))
                .unwrap();
        }
        drop(client);
        shell.run("\"$programs/pg_ctl\" stop -D template -m fast -w");
        shell
    }

    /// Runs a line, which must succeed.
    pub(crate) fn run(&mut self, line: &str) {
        let mut input = self.input.as_ref().unwrap();
        writeln!(input, "{line}").unwrap();
        let status = self.output.next().unwrap().unwrap();
        let log = || std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        assert_eq!(status, "0", "{line}: {}", log());
    }

    /// Starts the server whose data are in this folder, and waits until it answers.
    pub(crate) fn launch(&mut self, name: &str, options: &str) {
        self.run(&format!(
            "\"$programs/pg_ctl\" start -s -w -D {name} -l {name}.log -o \"-k '$folder/socket_{name}' -c listen_addresses='' {options}\""
        ));
    }

    /// Without a word to anybody: what the server had in its memory is gone.
    pub(crate) fn stop_at_once(&mut self, name: &str) {
        self.run(&format!(
            "\"$programs/pg_ctl\" stop -s -w -D {name} -m immediate"
        ));
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        for name in ["template", "a", "b"] {
            if self.folder.join(name).join("postmaster.pid").exists()
                && let Some(input) = &mut self.input
            {
                let line = format!("\"$programs/pg_ctl\" stop -s -w -D {name} -m immediate");
                let _ = writeln!(input, "{line}");
                let _ = self.output.next();
            }
        }
        drop(self.input.take());
        let _ = self.process.wait();
    }
}

/// A server that comes up again after an immediate stop, with all that was committed.
pub(crate) struct Durable(Mutex<Shell>);

impl Durable {
    pub(crate) fn start(databases: &[&str]) -> Self {
        let mut shell = Shell::start(databases);
        shell.run("cp -R template a");
        shell.launch("a", "");
        Self(Mutex::new(shell))
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.0.lock().unwrap().folder.join("socket_a")
    }

    pub(crate) fn restart(&self) {
        let mut shell = self.0.lock().unwrap();
        shell.stop_at_once("a");
        shell.launch("a", "");
    }
}

/// A server, and a standby that takes over.
pub(crate) struct Pair(Mutex<Shell>);

impl Pair {
    pub(crate) fn start(databases: &[&str]) -> Self {
        Self(Mutex::new(Shell::start(databases)))
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
        shell.run("rm -rf a b; cp -R template a && cp -R template b && : >b/standby.signal");
        let primary = shell.folder.join("socket_a");
        shell.run(&format!(
            "echo \"primary_conninfo = 'host={} user=postgres application_name=b'\" >>b/postgresql.conf",
            primary.display()
        ));
        shell.run("echo synchronous_standby_names=b >>a/postgresql.conf");
        shell.launch("a", "");
        shell.launch("b", "");
        let folder = shell.folder.clone();
        drop(shell);
        let mut client = Database::new(&folder.join("socket_a"), "postgres").connect();
        let state = "SELECT sync_state FROM pg_stat_replication";
        while ask(&mut client, state).unwrap() != ["sync"] {
            std::thread::sleep(std::time::Duration::from_millis(5));
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
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    pub(crate) fn fail_over(&self) {
        let mut shell = self.0.lock().unwrap();
        shell.stop_at_once("a");
        shell.run("\"$programs/pg_ctl\" promote -s -w -D b");
    }
}
