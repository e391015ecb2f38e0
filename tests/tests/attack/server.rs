//! A server of its own for a test, which writes down all that it is sent.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use pgstrata_tools::cluster::Cluster;
use postgres::config::Host;
use postgres::{Client, Config, NoTls};

use crate::mallory::{Effort, lies_in_wait};
use crate::ours::{flat, longest_part, queries};
use crate::support::version;

/// Where somebody lies in wait.
const TRAPPED: &str = "trapped";

/// Paths of a user: the usual one, where `pg_catalog` comes first although it is not named, and one that
/// puts it last.
pub(crate) const PATHS: [&str; 2] = ["\"$user\", public", "public, pg_catalog"];

pub(crate) struct Server {
    pub(crate) cluster: Cluster,
    log: PathBuf,
}

impl Server {
    /// `None`, said aloud, for a borrowed server: its log is out of reach.
    pub(crate) fn start(effort: Effort) -> Option<Self> {
        let cluster = Cluster::start(version()).unwrap();
        let url = cluster.create_database(TRAPPED).unwrap();
        let config: Config = url.parse().unwrap();
        let [Host::Unix(folder)] = config.get_hosts() else {
            pgstrata_tests::skip("objects that lie in wait", "the log of a server of our own");
            return None;
        };
        let log = folder.join("log");
        let mut client = Client::connect(&url, NoTls).unwrap();
        let traps = lies_in_wait(&mut client, effort);
        println!("{traps} objects lie in wait");
        for setting in [
            "ALTER SYSTEM SET log_statement = 'all'",
            // With it the log has the statement in which something was captured.
            "ALTER SYSTEM SET log_min_error_statement = 'log'",
            "SELECT pg_reload_conf()",
        ] {
            client.simple_query(setting).unwrap();
        }
        Some(Self { cluster, log })
    }

    /// A copy of the trapped database, with a path for everybody who connects; its address.
    pub(crate) fn database(&self, name: &str, path: &str) -> String {
        let url = self.cluster.copy_database(TRAPPED, name).unwrap();
        let mut client = Client::connect(&self.cluster.url("postgres"), NoTls).unwrap();
        let set = format!("ALTER DATABASE {name} SET search_path = {path}");
        client.batch_execute(&set).unwrap();
        url
    }

    /// Whether a `pg_dump` is installed that knows servers of this version; said aloud where not.
    pub(crate) fn can_be_dumped(&self) -> bool {
        let output = Command::new("pg_dump").arg("--version").output();
        let text = output.map(|it| String::from_utf8_lossy(&it.stdout).into_owned());
        let text = text.unwrap_or_default();
        let major = |text: &str| text.split(['.', ' ']).next()?.parse::<u32>().ok();
        let dumps = text
            .split_once("(PostgreSQL) ")
            .and_then(|(_, it)| major(it));
        let can = dumps >= major(self.cluster.server_version());
        if !can {
            let server = self.cluster.server_version();
            eprintln!("*** there is no pg_dump for PostgreSQL {server}: no backup is tested ***");
        }
        can
    }

    #[track_caller]
    pub(crate) fn assert_nothing_was_captured(&self, doing: &str) {
        let log = fs::read_to_string(&self.log).unwrap();
        let lines: Vec<&str> = log.lines().collect();
        let captured = lines.iter().enumerate();
        let captured = captured.filter(|(_, line)| line.contains("LOG:  captured: "));
        let mut shown: Vec<String> = captured
            .map(|(index, line)| {
                let following = lines[index..].iter();
                let statement = following.skip_while(|it| !it.contains("STATEMENT: "));
                let statement: Vec<&str> = statement.take(6).copied().collect();
                format!("{line}\n{}", statement.join("\n"))
            })
            .collect();
        shown.dedup();
        assert!(shown.is_empty(), "{doing}:\n{}", shown.join("\n"));
    }

    /// Waits until the server was sent the query of a file.
    pub(crate) fn wait_until_sent(&self, file: &str) {
        let part = longest_part(&queries()[file]);
        let began = Instant::now();
        while !flat(&fs::read_to_string(&self.log).unwrap()).contains(&part) {
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "never sent: {file}"
            );
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// The server was sent the query of each file below the folder, or the file's path begins with one
    /// of `except`.
    #[track_caller]
    pub(crate) fn assert_all_was_sent(&self, folder: &str, except: &[&str]) {
        let log = flat(&fs::read_to_string(&self.log).unwrap());
        let ours = queries().into_iter().filter(|(name, _)| {
            name.starts_with(folder) && !except.iter().any(|start| name.starts_with(start))
        });
        let (sent, unsent): (Vec<_>, Vec<_>) =
            ours.partition(|(_, query)| log.contains(&longest_part(query)));
        let unsent: Vec<&String> = unsent.iter().map(|(name, _)| name).collect();
        println!("{} queries of {folder} were sent", sent.len());
        assert!(unsent.is_empty(), "never sent: {unsent:#?}");
    }
}
