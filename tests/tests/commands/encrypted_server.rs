//! A server on a port that takes encrypted connections with a password only.

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

use crate::support::{connect, server};

/// It goes with its folder.
pub(crate) struct EncryptedServer {
    process: Child,
    pub(crate) folder: TempDir,
    pub(crate) port: u16,
    /// Who certified the server, and somebody else.
    pub(crate) root: PathBuf,
    pub(crate) other_root: PathBuf,
    /// The certificate of the user `holder`, who has no password, and its key.
    pub(crate) holder: [PathBuf; 2],
}

impl Drop for EncryptedServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl EncryptedServer {
    /// With the programs and the account of the shared throw-away server; the user is `keeper`,
    /// his password `s3cret`, and the certificate is for `localhost`.
    pub(crate) fn start() -> Self {
        let mut client = connect(&server().url("postgres"));
        let data: String = client
            .query_one("SHOW data_directory", &[])
            .expect("a server for the test")
            .get(0);
        let owner = std::fs::metadata(&data).expect("a server for the test");
        let postmaster = std::fs::read_to_string(format!("{data}/postmaster.pid"))
            .expect("a server for the test");
        let postmaster = postmaster.lines().next().expect("a server for the test");
        let postgres =
            std::fs::read_link(format!("/proc/{postmaster}/exe")).expect("a server for the test");
        let programs = postgres.parent().expect("a server for the test").to_owned();
        let folder = tempfile::tempdir().expect("a server for the test");
        let (uid, gid) = (owner.uid(), owner.gid());
        let own = |path: &Path| chown(path, Some(uid), Some(gid)).expect("a server for the test");
        own(folder.path());
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("a server for the test");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))
                .expect("a server for the test");
            own(&path);
            path
        };
        let (root, issuer) = authority();
        let (other, _) = authority();
        let key = KeyPair::generate().expect("a server for the test");
        let certificate =
            CertificateParams::new(vec!["localhost".to_owned()]).expect("a server for the test");
        let certificate = certificate
            .signed_by(&key, &issuer)
            .expect("a server for the test");
        let certificate = file("server.crt", &certificate.pem());
        let key = file("server.key", &key.serialize_pem());
        let holder_key = KeyPair::generate().expect("a server for the test");
        let mut holder = CertificateParams::default();
        holder.distinguished_name.push(DnType::CommonName, "holder");
        let holder = holder
            .signed_by(&holder_key, &issuer)
            .expect("a server for the test");
        let (root, other_root) = (file("root.crt", &root), file("other.crt", &other));
        let holder = [
            file("holder.crt", &holder.pem()),
            file("holder.key", &holder_key.serialize_pem()),
        ];
        let password = file("password", "s3cret\n");
        let rules = file(
            "rules",
            "local all all trust\nhostssl all holder all cert\nhostssl all all all scram-sha-256\n\
             hostnossl all all all reject\n",
        );
        let program = |name: &str| {
            let mut command = Command::new(programs.join(name));
            let data = folder.path().join("data");
            command
                .current_dir(folder.path())
                .uid(uid)
                .gid(gid)
                .arg("-D")
                .arg(data);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        let mut initdb = program("initdb");
        initdb.args([
            "-U",
            "keeper",
            "-A",
            "scram-sha-256",
            "-N",
            "--locale=C",
            "--pwfile",
        ]);
        assert!(
            initdb
                .arg(password)
                .status()
                .expect("a server for the test")
                .success()
        );
        // Free a moment ago.
        let port = TcpListener::bind("127.0.0.1:0")
            .expect("a server for the test")
            .local_addr()
            .expect("a server for the test")
            .port();
        let mut postgres = program("postgres");
        let settings = [
            ("listen_addresses", "localhost".to_owned()),
            ("port", port.to_string()),
            (
                "unix_socket_directories",
                format!("\"{}\"", folder.path().display()),
            ),
            ("fsync", "off".to_owned()),
            ("ssl", "on".to_owned()),
            ("ssl_cert_file", certificate.display().to_string()),
            ("ssl_key_file", key.display().to_string()),
            ("ssl_ca_file", root.display().to_string()),
            ("hba_file", rules.display().to_string()),
        ];
        for (name, value) in settings {
            postgres.args(["-c", &format!("{name}={value}")]);
        }
        let process = postgres.spawn().expect("a server for the test");
        let made = Self {
            process,
            folder,
            port,
            root,
            other_root,
            holder,
        };
        let mut client = made.wait();
        client
            .batch_execute("CREATE ROLE holder LOGIN")
            .expect("a server for the test");
        made
    }

    /// The address, without a password.
    pub(crate) fn url(&self, host: &str, parameters: &str) -> String {
        format!(
            "postgresql://keeper@{host}:{}/postgres?{parameters}",
            self.port
        )
    }

    fn wait(&self) -> postgres::Client {
        let socket = self.folder.path().display().to_string().replace('/', "%2F");
        let url = format!("postgresql://keeper@{socket}:{}/postgres", self.port);
        let started = std::time::Instant::now();
        loop {
            if let Ok(client) = postgres::Client::connect(&url, postgres::NoTls) {
                return client;
            }
            assert!(
                started.elapsed().as_secs() < 60,
                "the server does not answer"
            );
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}

/// A certificate that may sign others.
fn authority() -> (String, Issuer<'static, KeyPair>) {
    let mut parameters = CertificateParams::default();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // Of another name than what it certifies, which OpenSSL would take for its own.
    parameters
        .distinguished_name
        .push(DnType::CommonName, "authority of the tests");
    let key = KeyPair::generate().expect("a server for the test");
    let certificate = parameters.self_signed(&key).expect("a server for the test");
    (certificate.pem(), Issuer::new(parameters, key))
}
