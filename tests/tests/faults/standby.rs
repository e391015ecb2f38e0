//! A standby of a throw-away server. It is a copy of the data, so that it needs no program that only
//! some packages have, and lives no longer than this process.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pgstrata_tools::cluster::Cluster;
use postgres::config::Host;
use postgres::{Client, Config, NoTls};

use crate::support::{ask, version};

/// A server with nobody else on it.
pub(crate) struct Primary {
    // Dropped first, since the cluster's end removes the data.
    watchdog: Option<Watchdog>,
    pub(crate) cluster: Cluster,
    folder: PathBuf,
}

pub(crate) struct Standby {
    folder: PathBuf,
    _watchdog: Watchdog,
}

/// Ends its server when it is dropped.
struct Watchdog(Child);

impl Primary {
    pub(crate) fn start() -> Self {
        let cluster = Cluster::start(version()).expect("a throw-away server");
        let config = cluster.config("postgres");
        let [Host::Unix(folder)] = config.get_hosts() else {
            panic!("these tests start servers of their own: unset PGSTRATA_TEST_URL");
        };
        let folder = folder.clone();
        Self {
            watchdog: None,
            cluster,
            folder,
        }
    }

    pub(crate) fn connect(&self, database: &str) -> Client {
        self.cluster.config(database).connect(NoTls).unwrap()
    }

    fn major(&self) -> u32 {
        let version = self.cluster.server_version();
        version.split('.').next().unwrap().parse().unwrap()
    }

    fn pid(&self) -> String {
        let file = fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap();
        file.lines().next().unwrap().to_owned()
    }

    /// A command as the account that has the data.
    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let owner = fs::metadata(self.folder.join("data")).unwrap();
        let mut command = Command::new(program);
        command.current_dir("/").env("LC_ALL", "C");
        if owner.uid()
            != fs::metadata(std::env::current_exe().unwrap())
                .unwrap()
                .uid()
        {
            command.uid(owner.uid()).gid(owner.gid());
        }
        command
    }

    /// Ends it at once, as a crash does.
    pub(crate) fn crash(&self) {
        let status = Command::new("kill").args(["-QUIT", &self.pid()]).status();
        assert!(status.unwrap().success());
        let file = self.folder.join("data/postmaster.pid");
        wait("the end of the primary", || !file.exists());
    }

    /// Makes a standby that streams from it.
    pub(crate) fn standby(&self) -> Standby {
        let [start, stop] = if self.major() < 15 {
            [
                "SELECT pg_start_backup('copy', true, false)",
                "SELECT labelfile FROM pg_stop_backup(false, false)",
            ]
        } else {
            [
                "SELECT pg_backup_start('copy', true)",
                "SELECT labelfile FROM pg_backup_stop(false)",
            ]
        };
        let mut client = self.connect("postgres");
        ask(&mut client, start);
        let folder = self.folder.join("standby");
        let (from, data) = (self.folder.join("data"), folder.join("data"));
        self.run("mkdir", &["-m", "700"], &[&folder]);
        // Files may go while they are copied.
        let copied = self.command("cp").arg("-a").args([&from, &data]).output();
        copied.unwrap();
        let label = ask(&mut client, stop);
        fs::write(data.join("backup_label"), label).unwrap();
        fs::write(data.join("standby.signal"), "").unwrap();
        let from = format!(
            "primary_conninfo = 'host={} user=postgres'\n",
            self.folder.display()
        );
        let mut settings = fs::OpenOptions::new();
        let settings = settings
            .append(true)
            .open(data.join("postgresql.auto.conf"));
        settings.unwrap().write_all(from.as_bytes()).unwrap();
        let owner = fs::metadata(&data).unwrap();
        for name in ["backup_label", "standby.signal"] {
            chown(data.join(name), Some(owner.uid()), Some(owner.gid())).unwrap();
        }
        fs::remove_file(data.join("postmaster.pid")).unwrap();
        let settings = ["cluster_name=standby"];
        let watchdog = self.serve(&self.program(), &data, &folder, &settings);
        let standby = Standby {
            folder,
            _watchdog: watchdog,
        };
        standby.catch_up(self);
        standby
    }

    fn program(&self) -> PathBuf {
        fs::read_link(format!("/proc/{}/exe", self.pid())).unwrap()
    }

    /// Runs a server for as long as the pipe is open.
    fn serve(&self, program: &Path, data: &Path, folder: &Path, settings: &[&str]) -> Watchdog {
        let usual = ["listen_addresses=", "fsync=off", "max_connections=200"];
        let settings = usual.iter().chain(settings);
        let settings: Vec<String> = settings.map(|setting| format!("-c '{setting}' ")).collect();
        let settings = settings.concat();
        let (log, shown) = (folder.join("second_log"), |path: &Path| {
            path.display().to_string()
        });
        let script = format!(
            "trap '' HUP INT TERM; '{}' -D '{}' -k '{}' {settings} >'{}' 2>&1 </dev/null & \
             while read -r _; do :; done; kill -QUIT $!; wait $!",
            shown(program),
            shown(data),
            shown(folder),
            shown(&log),
        );
        let mut command = self.command("/bin/sh");
        command.args(["-c", &script]).process_group(0);
        let watchdog = command.stdin(Stdio::piped()).spawn().unwrap();
        let began = Instant::now();
        let mut config = Config::new();
        config.host_path(folder).user("postgres");
        while let Err(error) = config.connect(NoTls) {
            let log = || fs::read_to_string(&log).unwrap_or_default();
            let is_late = began.elapsed() > Duration::from_secs(30);
            assert!(!is_late, "no server: {error}\n{}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
        Watchdog(watchdog)
    }

    /// Starts it once more, with these settings.
    pub(crate) fn start_with(settings: &[&str]) -> Self {
        let mut primary = Self::start();
        let program = primary.program();
        primary.crash();
        let data = primary.folder.join("data");
        primary.watchdog = Some(primary.serve(&program, &data, &primary.folder, settings));
        primary
    }

    fn run(&self, program: &str, arguments: &[&str], paths: &[&Path]) {
        let status = self.command(program).args(arguments).args(paths).status();
        assert!(status.unwrap().success(), "{program}");
    }

    /// Leads to this one, and to the standby where this one does not answer.
    pub(crate) fn config_with(&self, standby: &Standby, database: &str) -> Config {
        let mut config = self.cluster.config(database);
        config.host_path(&standby.folder);
        config
    }
}

impl Standby {
    pub(crate) fn config(&self, database: &str) -> Config {
        let mut config = Config::new();
        config
            .host_path(&self.folder)
            .user("postgres")
            .dbname(database);
        config
    }

    pub(crate) fn connect(&self, database: &str) -> Client {
        self.config(database).connect(NoTls).unwrap()
    }

    /// Waits until it has all that the primary has written.
    pub(crate) fn catch_up(&self, primary: &Primary) {
        let place = ask(
            &mut primary.connect("postgres"),
            "SELECT pg_current_wal_insert_lsn()",
        );
        let mut client = self.connect("postgres");
        let query = format!("SELECT pg_last_wal_replay_lsn() >= '{place}'");
        wait("what the primary wrote", || ask(&mut client, &query) == "t");
    }

    /// From now on it gets nothing of what the primary writes.
    pub(crate) fn lose_contact(&self) {
        let mut client = self.connect("postgres");
        for statement in [
            "ALTER SYSTEM SET primary_conninfo = ''",
            "SELECT pg_reload_conf()",
        ] {
            client.batch_execute(statement).unwrap();
        }
        wait("the end of the contact", || {
            ask(&mut client, "SELECT count(*) FROM pg_stat_wal_receiver") == "0"
        });
    }

    pub(crate) fn promote(&self) {
        assert_eq!(
            ask(&mut self.connect("postgres"), "SELECT pg_promote()"),
            "t"
        );
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// Fails the test where it never comes.
#[track_caller]
pub(crate) fn wait(what: &str, mut is_there: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_there() {
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "never came: {what}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
