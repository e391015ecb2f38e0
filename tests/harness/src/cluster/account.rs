//! The account that the server runs under: our own, or an unprivileged one when
//! we are root, because `initdb` and `postgres` refuse to run as root.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::ClusterError;

const ROOT: u32 = 0;

/// Accounts to run under instead of root, best first: the one that PostgreSQL's
/// packages create (with an underscore on macOS), and the one that is always there.
const UNPRIVILEGED: [&str; 3] = ["postgres", "_postgres", "nobody"];

pub(super) struct Account {
    /// Who we are ourselves.
    pub(super) uid: u32,
    unprivileged: Option<Unprivileged>,
}

struct Unprivileged {
    name: String,
    uid: u32,
    gid: u32,
}

impl Account {
    pub(super) fn find() -> Result<Self, ClusterError> {
        let uid = current_uid()?;
        if uid != ROOT {
            return Ok(Self {
                uid,
                unprivileged: None,
            });
        }
        let passwd = fs::read_to_string("/etc/passwd").map_err(|cause| {
            ClusterError::new("reading /etc/passwd for an account to run PostgreSQL under, which refuses root; run as another user")
                .caused_by(cause)
        })?;
        let unprivileged = UNPRIVILEGED
            .iter()
            .find_map(|name| Unprivileged::find(&passwd, name))
            .ok_or_else(|| {
                ClusterError::new(format!(
                    "finding an account to run PostgreSQL under, which refuses root: /etc/passwd has none of {}; add one, or run as another user",
                    UNPRIVILEGED.join(", ")
                ))
            })?;
        Ok(Self {
            uid,
            unprivileged: Some(unprivileged),
        })
    }

    /// What to call the account in messages.
    pub(super) fn name(&self) -> &str {
        match &self.unprivileged {
            Some(unprivileged) => &unprivileged.name,
            None => "this user",
        }
    }

    /// A command under this account. It gets nothing of ours but the `PATH`, and where locales lie: no
    /// `PG…` variable that would steer the server, no secret, and no working
    /// folder that it may not enter.
    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let path = env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/bin:/bin"));
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", path)
            .envs(env::var_os("LOCPATH").map(|path| ("LOCPATH", path)))
            // Without a locale, macOS makes the postmaster multithreaded, which it refuses.
            .env("LC_ALL", "C")
            // The server's time zone, which initdb would otherwise guess by trying them all.
            .env("TZ", "UTC")
            .current_dir("/");
        if let Some(Unprivileged { uid, gid, .. }) = self.unprivileged {
            // As root, setting a user also clears the supplementary groups.
            command.uid(uid).gid(gid);
        }
        command
    }

    pub(super) fn can_enter(&self, folder: &Path) -> bool {
        self.command("/bin/sh")
            .args(["-c", r#"cd -- "$1""#, "sh"])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }
}

impl Unprivileged {
    /// A line of `/etc/passwd` is `name:password:uid:gid:…`, see passwd(5).
    fn find(passwd: &str, wanted: &str) -> Option<Self> {
        passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next().filter(|name| *name == wanted)?;
            let uid = fields.nth(1)?.parse().ok().filter(|uid| *uid != ROOT)?;
            let gid = fields.next()?.parse().ok()?;
            Some(Self {
                name: name.to_owned(),
                uid,
                gid,
            })
        })
    }
}

/// The standard library has no `geteuid`, but a file that we create is ours.
fn current_uid() -> Result<u32, ClusterError> {
    tempfile::tempfile()
        .and_then(|file| file.metadata())
        .map(|metadata| metadata.uid())
        .map_err(|cause| {
            ClusterError::new(format!(
                "creating a temporary file in {}; set TMPDIR to a folder that can be written",
                env::temp_dir().display()
            ))
            .caused_by(cause)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_a_whole_line_and_never_root() {
        let passwd = "root:x:0:0::/:/bin/sh\npostgresql:x:9:9::/:\npostgres:x:101:104::/:/bin/sh\nnobody:x:0:0::/:\n";
        let found = Unprivileged::find(passwd, "postgres").unwrap();
        assert_eq!((found.uid, found.gid), (101, 104));
        assert!(Unprivileged::find(passwd, "nobody").is_none());
        assert!(Unprivileged::find(passwd, "_postgres").is_none());
    }
}
