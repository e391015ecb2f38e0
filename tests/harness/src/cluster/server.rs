//! A server of our own, held by a watchdog process.
//!
//! The watchdog is a shell script in a process group of its own. It creates the
//! folder, runs `initdb` and `postgres`, and waits for the end of its standard
//! input: a pipe whose other end only this process holds, so that it ends with
//! this process, whatever kills it. Then it stops all it started and removes
//! all it made. Nothing here needs to run for that, not even a `Drop`.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use postgres::{Config, NoTls};

use super::account::Account;
use super::programs::Programs;
use super::{ClusterError, percent_encode};

const WATCHDOG: &str = include_str!("watchdog.sh");

/// The superuser that `watchdog.sh` has initdb create.
const USER: &str = "postgres";
/// The database that initdb creates for everybody.
const HOME_DATABASE: &str = "postgres";

/// What `watchdog.sh` and the server append to a folder for temporary files.
const SOCKET: &str = "/pgstrata.XXXXXX/.s.PGSQL.5432";
/// `sun_path` less its final NUL, see unix(7); 104 bytes on macOS and the BSDs.
const SOCKET_LIMIT: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

const START_LIMIT: Duration = Duration::from_secs(60);
/// Longer than the ten seconds after which the watchdog kills what will not stop.
const STOP_LIMIT: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(5);
const LOG_LINES: usize = 20;

#[derive(Debug)]
pub(super) struct Server {
    watchdog: Child,
    folder: PathBuf,
}

impl Server {
    pub(super) fn start(programs: &Programs, account: &Account) -> Result<Self, ClusterError> {
        let place = format!(
            "starting PostgreSQL of {} as {}",
            programs.origin,
            account.name()
        );
        let parents = parent_folders(&env::temp_dir());
        let spawned = account
            .command("/bin/sh")
            .args(["-c", WATCHDOG, "pgstrata-watchdog"])
            .arg(&programs.folder)
            .args(parents)
            // Not in our group, whose Ctrl-C would reach it before we close the pipe.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let watchdog = spawned.map_err(|cause| {
            ClusterError::new(format!(
                "{place}: /bin/sh cannot be run under that account; run as another user"
            ))
            .caused_by(cause)
        })?;
        let mut server = Self {
            watchdog,
            folder: PathBuf::new(),
        };
        server.folder = server.read_folder().map_err(|cause| {
            ClusterError::new(format!("{place}: creating its folder; set TMPDIR to a short path that this account can write"))
                .caused_by(cause)
        })?;
        server.wait_until_ready().map_err(|cause| {
            ClusterError::new(format!(
                "{place} in {}; its log says why",
                server.folder.display()
            ))
            .caused_by(cause)
        })?;
        Ok(server)
    }

    pub(super) fn url(&self, database: &str) -> String {
        let host = percent_encode(self.folder.as_os_str().as_bytes());
        let database = percent_encode(database.as_bytes());
        format!("postgresql://{USER}@{host}/{database}")
    }

    pub(super) fn config(&self) -> Config {
        let mut config = Config::new();
        config
            .host_path(&self.folder)
            .user(USER)
            .dbname(HOME_DATABASE);
        config
    }

    /// Closes the pipe and waits for the watchdog to have done its work.
    pub(super) fn stop(&mut self) -> Result<(), ClusterError> {
        drop(self.watchdog.stdin.take());
        let deadline = Instant::now() + STOP_LIMIT;
        let failed = |what: String| {
            ClusterError::new(format!(
                "stopping PostgreSQL in {}: {what}; end its processes and remove the folder by hand",
                self.folder.display()
            ))
        };
        loop {
            match self.watchdog.try_wait() {
                Ok(Some(_)) if self.folder.is_dir() => {
                    return Err(failed("the folder is still there".to_owned()));
                }
                Ok(Some(_)) => return Ok(()),
                Ok(None) if Instant::now() > deadline => {
                    return Err(failed(format!(
                        "the watchdog, process {}, has not ended",
                        self.watchdog.id()
                    )));
                }
                Ok(None) => thread::sleep(POLL),
                Err(cause) => {
                    return Err(failed("waiting for its watchdog".to_owned()).caused_by(cause));
                }
            }
        }
    }

    /// The watchdog's answer: `folder …`, or else a complaint.
    fn read_folder(&mut self) -> io::Result<PathBuf> {
        let mut answer = Vec::new();
        if let Some(mut stdout) = self.watchdog.stdout.take() {
            stdout.read_to_end(&mut answer)?;
        }
        match answer
            .strip_prefix(b"folder ")
            .and_then(|rest| rest.strip_suffix(b"\n"))
        {
            Some(folder) => Ok(OsString::from_vec(folder.to_vec()).into()),
            None => Err(io::Error::other(
                String::from_utf8_lossy(&answer).trim().to_owned(),
            )),
        }
    }

    fn wait_until_ready(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + START_LIMIT;
        while let Err(cause) = self.config().connect(NoTls) {
            let ended = self.folder.join("ended").exists()
                || matches!(self.watchdog.try_wait(), Ok(Some(_)) | Err(_));
            if ended {
                return Err(self.last_log_lines());
            }
            if Instant::now() > deadline {
                let seconds = START_LIMIT.as_secs();
                return Err(format!(
                    "not ready after {seconds} s ({cause}); {}",
                    self.last_log_lines()
                ));
            }
            thread::sleep(POLL);
        }
        Ok(())
    }

    fn last_log_lines(&self) -> String {
        match fs::read(self.folder.join("log")) {
            Ok(log) => {
                let log = String::from_utf8_lossy(&log);
                let lines: Vec<&str> = log.lines().collect();
                let last = &lines[lines.len().saturating_sub(LOG_LINES)..];
                format!("the last lines of the log:\n{}", last.join("\n"))
            }
            Err(cause) => format!("the log cannot be read: {cause}"),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A drop has nobody to tell; `Cluster::stop` reports this.
        let _ = self.stop();
    }
}

/// Where the watchdog may make its folder: the temporary folder, unless that is
/// too long for a socket, and then `/tmp`.
fn parent_folders(temporary: &Path) -> Vec<PathBuf> {
    let fits = |folder: &PathBuf| folder.as_os_str().len() + SOCKET.len() <= SOCKET_LIMIT;
    [temporary.to_owned(), PathBuf::from("/tmp")]
        .into_iter()
        .filter(fits)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_folder_too_long_for_a_socket_is_passed_over() {
        let longest = PathBuf::from("/").join("a".repeat(SOCKET_LIMIT - SOCKET.len() - 1));
        assert_eq!(parent_folders(&longest), [longest.clone(), "/tmp".into()]);
        let longer = PathBuf::from("/").join("a".repeat(SOCKET_LIMIT - SOCKET.len()));
        assert_eq!(parent_folders(&longer), [PathBuf::from("/tmp")]);
    }
}
