//! PgBouncer in transaction mode in front of a server of the tests.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use pgstrata_tests::skip;
use postgres::config::Host;
use postgres::{Config, NoTls};
use tempfile::TempDir;

/// Gone when dropped.
pub(crate) struct Bouncer {
    process: Child,
    /// Leads to the database through it.
    pub(crate) config: Config,
    _folder: TempDir,
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Bouncer {
    /// With so many connections to the database. `None`, said aloud, where there is no PgBouncer or the server
    /// is somebody else's.
    pub(crate) fn start(server: &Config, size: usize) -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders =
            std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
        let Some(program) = folders
            .map(|folder| folder.join("pgbouncer"))
            .find(|it| it.is_file())
        else {
            skip("what is behind a pooler", "`apt-get install pgbouncer`");
            return None;
        };
        let [Host::Unix(socket)] = server.get_hosts() else {
            skip("what is behind a pooler", "a server with a socket");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(folder.path(), socket, size);
        let process = Command::new(program)
            .arg(settings)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut config = Config::new();
        config.host_path(folder.path()).port(6432).user("postgres");
        config.dbname(server.get_dbname().unwrap());
        let bouncer = Self {
            process,
            config,
            _folder: folder,
        };
        let began = Instant::now();
        while let Err(error) = bouncer.config.connect(NoTls) {
            assert!(
                began.elapsed() < Duration::from_secs(10),
                "PgBouncer does not answer: {error}"
            );
            thread::sleep(Duration::from_millis(10));
        }
        // As many transactions at once make as many server connections.
        let connect = |_| bouncer.config.connect(NoTls).unwrap();
        let mut clients: Vec<_> = (0..size).map(connect).collect();
        let open: Vec<_> = clients
            .iter_mut()
            .map(|client| client.transaction().unwrap())
            .collect();
        drop(open);
        drop(clients);
        Some(bouncer)
    }
}

/// Round robin, since by itself it prefers the server connection that was used last.
fn settings(folder: &Path, server: &Path, size: usize) -> PathBuf {
    let owner = fs::metadata(server).unwrap().uid();
    let name = Command::new("id")
        .args(["-un", &owner.to_string()])
        .output()
        .unwrap();
    let name = String::from_utf8(name.stdout).unwrap();
    let text = format!(
        "[databases]\n* = host={server} port=5432\n\
         [pgbouncer]\npool_mode = transaction\nlisten_addr =\nlisten_port = 6432\n\
         unix_socket_dir = {folder}\nauth_type = trust\nauth_file = {folder}/users\n\
         user = {name}\ndefault_pool_size = {size}\nmin_pool_size = {size}\nserver_round_robin = 1\n\
         max_client_conn = 100\nserver_login_retry = 1\n",
        server = server.display(),
        folder = folder.display(),
        name = name.trim(),
    );
    fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
    fs::write(folder.join("users"), "\"postgres\" \"\"\n").unwrap();
    let path = folder.join("settings.ini");
    fs::write(&path, text).unwrap();
    path
}
