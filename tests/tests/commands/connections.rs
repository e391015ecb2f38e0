//! Where a password comes from, whom TLS takes for the server, and which database is meant.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::encrypted_server::EncryptedServer;
use crate::support::{Outcome, connect, database, objects, run, run_with, shop};

const PASSWORD: (&str, &str) = ("PGPASSWORD", "s3cret");

/// `status` on it, where all is pending if it could connect.
fn status(url: &str, variables: &[(&str, &str)]) -> Outcome {
    let nobody = [("HOME", "/nonexistent")];
    let outcome = run_with(
        shop().path(),
        &["status", "--database-url", url],
        &[&nobody, variables].concat(),
    );
    assert!(!format!("{outcome:?}").contains("s3cret"), "{outcome:#?}");
    outcome
}

fn private(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("a mode");
    path
}

#[test]
fn whom_tls_takes_for_the_server() {
    let server = EncryptedServer::start();
    let try_it = |host: &str, parameters: &str| status(&server.url(host, parameters), &[PASSWORD]);
    let root = format!("sslrootcert={}", server.root.display());
    let other = format!("sslrootcert={}", server.other_root.display());
    try_it("localhost", "sslmode=disable").fails(5, &["rejects connection"]);
    for mode in ["allow", "prefer", "require"] {
        try_it("localhost", &format!("sslmode={mode}")).fails(6, &[]);
    }
    try_it("localhost", "").fails(6, &[]);
    for host in ["localhost", "127.0.0.1"] {
        try_it(host, &format!("sslmode=verify-ca&{root}")).fails(6, &[]);
        for mode in ["require", "verify-ca", "verify-full"] {
            let outcome = try_it(host, &format!("sslmode={mode}&{other}"));
            outcome.fails(5, &["certificate", "sslrootcert"]);
        }
    }
    try_it("localhost", &format!("sslmode=verify-full&{root}")).fails(6, &[]);
    try_it("127.0.0.1", &format!("sslmode=verify-full&{root}"))
        .fails(5, &["certificate not valid for name", "check sslmode"]);
    try_it("localhost", "sslmode=verify-full").fails(5, &["sslrootcert", ".postgresql/root.crt"]);
    try_it("localhost", "sslmode=verify-full&sslrootcert=/nowhere.pem").fails(5, &["/nowhere.pem"]);
    try_it("localhost", "sslmode=veryfull").fails(5, &["sslmode is `veryfull`"]);
    // The environment says what the address does not.
    let url = server.url("localhost", "connect_timeout=5");
    let variables = [
        PASSWORD,
        ("PGSSLMODE", "verify-full"),
        ("PGSSLROOTCERT", server.other_root.to_str().unwrap()),
    ];
    status(&url, &variables).fails(5, &["certificate"]);
    let variables = [
        PASSWORD,
        ("PGSSLMODE", "verify-full"),
        ("PGSSLROOTCERT", server.root.to_str().unwrap()),
    ];
    status(&url, &variables).fails(6, &[]);
    // The server's own certificate may be the one that is known.
    let own = format!(
        "sslrootcert={}",
        server.folder.path().join("server.crt").display()
    );
    try_it("localhost", &format!("sslmode=verify-full&{own}")).fails(6, &[]);
    try_it("127.0.0.1", &format!("sslmode=verify-full&{own}")).fails(5, &["certificate"]);

    // What this system trusts, by the variable that programs of OpenSSL read, too.
    let url = server.url("localhost", "sslmode=verify-full&sslrootcert=system");
    for (roots, code) in [(&server.root, 6), (&server.other_root, 5)] {
        let roots = ("SSL_CERT_FILE", roots.to_str().unwrap());
        assert_eq!(status(&url, &[PASSWORD, roots]).code, code);
    }

    as_a_library(&server);
    as_a_service(&server);
    passwords(&server);
    own_certificate(&server);
    typed(&server);
}

/// A service brings its own TLS connector, and has an address from its environment.
fn as_a_service(server: &EncryptedServer) {
    let address = |host: &str, parameters: &str| {
        server
            .url(host, parameters)
            .replace("keeper@", "keeper:s3cret@")
    };
    let connector = |root: &Path| {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(root).expect("certificates") {
            roots
                .add(certificate.expect("a certificate"))
                .expect("a root");
        }
        let config = ClientConfig::builder().with_root_certificates(roots);
        MakeRustlsConnect::new(config.with_no_client_auth())
    };
    let list = pgstrata::Migrations::new("", &[], &[]);
    let connected = |address: &str, root: &Path| {
        let mut migrator = pgstrata::Migrator::new(&list);
        let client = migrator.connect_to(address, connector(root));
        client
            .and_then(|mut client| migrator.up(&mut client))
            .map(drop)
    };
    let words = format!(
        "host=localhost port={} user=keeper password=s3cret dbname=postgres sslmode = 'verify-full'",
        server.port
    );
    for good in [
        &address("localhost", "sslmode=verify-full"),
        &address("localhost", "connect_timeout=5&sslmode=verify-ca"),
        &address(
            "localhost",
            "sslmode=require&target_session_attrs=read-write",
        ),
        &words,
    ] {
        connected(good, &server.root).expect(good);
    }
    for (host, parameters, root, said) in [
        (
            "localhost",
            "sslmode=verify-full",
            &server.other_root,
            "certificate",
        ),
        (
            "127.0.0.1",
            "sslmode=verify-full",
            &server.root,
            "not valid for name",
        ),
        (
            "localhost",
            "sslmode=verify-full&sslrootcert=/rds.pem",
            &server.root,
            "the address has `sslrootcert`: give the certificates to the TLS connector of the program, and take \
             `sslrootcert` out of the address; `pgstrata_tools::connection` does both",
        ),
        (
            "localhost",
            "sslmode=full",
            &server.root,
            "`sslmode` in the address may be disable, prefer, require, verify-ca or verify-full here; \
             `pgstrata_tools::connection` reads whatever libpq does",
        ),
        (
            "localhost",
            "target_session_attrs=primary",
            &server.root,
            "`target_session_attrs` in the address may be any, read-write or read-only here",
        ),
        (
            "localhost",
            "gssencmode=require",
            &server.root,
            "unknown option `gssencmode`",
        ),
    ] {
        let error = connected(&address(host, parameters), root).expect_err(parameters);
        let causes =
            std::iter::successors(Some(&error as &dyn std::error::Error), |it| it.source());
        let whole = causes
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(": ");
        assert!(whole.contains(said), "{parameters}: {whole}");
        assert!(!whole.contains("s3cret"), "{whole}");
    }
    for mode in ["require", "verify-ca", "verify-full"] {
        let error = pgstrata::connect(&address("localhost", &format!("sslmode={mode}")));
        let error = error.err().expect(mode).to_string();
        let said = format!(
            "the address asks for sslmode={mode}, and this connection would not be encrypted: use \
             `Migrator::connect_to` with a TLS connector"
        );
        assert_eq!(error, said);
    }
}

/// The tools read whatever libpq does.
fn as_a_library(server: &EncryptedServer) {
    let with_password = |url: String| url.replace("keeper@", "keeper:s3cret@");
    let root = format!("sslrootcert={}", server.root.display());
    for mode in ["verify-ca", "verify-full"] {
        let parameters = format!("sslmode={mode}&{root}&target_session_attrs=primary");
        let url = with_password(server.url("localhost", &parameters));
        let refused = url.parse::<postgres::Config>();
        assert!(refused.is_err(), "the crate reads {url} by itself");
        let (config, tls) = pgstrata_tools::connection(&url).expect(&url);
        let list = pgstrata::Migrations::new("", &[], &[]);
        let mut migrator = pgstrata::Migrator::new(&list);
        let mut client = migrator.connect(&config, tls).expect(&url);
        migrator.up(&mut client).expect(&url);
    }
    let other = format!(
        "sslmode=verify-full&sslrootcert={}",
        server.other_root.display()
    );
    for (host, parameters, part) in [
        ("localhost", other, "certificate"),
        (
            "127.0.0.1",
            format!("sslmode=verify-full&{root}"),
            "not valid for name",
        ),
        (
            "localhost",
            format!("sslmode=require&{root}&target_session_attrs=standby"),
            "the server is a primary",
        ),
        (
            "localhost",
            "sslmode=full".to_owned(),
            "verify-ca or verify-full",
        ),
    ] {
        let url = with_password(server.url(host, &parameters));
        let error = pgstrata_tools::connection(&url)
            .err()
            .expect("it is refused");
        assert!(format!("{error:?}").contains(part), "{error}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}

/// Instead of a password.
fn own_certificate(server: &EncryptedServer) {
    let url = server
        .url("localhost", "sslmode=require")
        .replace("keeper@", "holder@");
    let [certificate, key] = server
        .holder
        .each_ref()
        .map(|path| path.to_str().expect("a test"));
    status(&url, &[]).fails(5, &["requires a valid client certificate"]);
    status(&format!("{url}&sslcert={certificate}&sslkey={key}"), &[]).fails(6, &[]);
    status(&url, &[("PGSSLCERT", certificate), ("PGSSLKEY", key)]).fails(6, &[]);
    let other = url.replace("holder@", "keeper@");
    status(
        &format!("{other}&sslcert={certificate}&sslkey={certificate}"),
        &[],
    )
    .fails(5, &["cannot read", "holder.crt"]);
}

/// On a terminal, which does not show it.
fn typed(server: &EncryptedServer) {
    let dir = shop();
    let url = server.url("localhost", "sslmode=require");
    let program = env!("CARGO_BIN_EXE_pgstrata");
    let command = format!(
        "'{program}' status --database-url '{url}' --dir '{}'",
        dir.path().display()
    );
    for (password, code) in [("s3cret", 6), ("wrong", 5)] {
        let mut terminal = Command::new("script")
            .args(["--quiet", "--return", "--command", &command, "/dev/null"])
            .env("HOME", "/nonexistent")
            .env_remove("PGPASSWORD")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a terminal");
        let mut shown = String::new();
        let mut screen = terminal.stdout.take().expect("a screen");
        let mut letter = [0];
        while !shown.ends_with("password of keeper: ") {
            assert_eq!(screen.read(&mut letter).expect("a letter"), 1, "{shown}");
            shown.push(char::from(letter[0]));
        }
        let mut keys = terminal.stdin.take().expect("keys");
        keys.write_all(format!("{password}\n").as_bytes())
            .expect("a line");
        screen.read_to_string(&mut shown).expect("the rest");
        assert_eq!(
            terminal.wait().expect("an end").code(),
            Some(code),
            "{shown}"
        );
        assert!(!shown.contains(password), "{shown}");
    }
}

/// With the same server, as it takes a while to make one.
fn passwords(server: &EncryptedServer) {
    let url = server.url("localhost", "sslmode=require");
    let folder = tempfile::tempdir().expect("a test");
    status(&url, &[]).fails(5, &["asks for a password", "PGPASSWORD", "~/.pgpass"]);
    status(&url, &[("PGPASSWORD", "wrong")]).fails(5, &["password authentication failed"]);
    let line = format!("localhost:{}:postgres:keeper:s3cret\n", server.port);
    let file = private(folder.path(), "passwords", &line);
    let shown = file.to_str().expect("a test");
    status(&url, &[("PGPASSFILE", shown)]).fails(6, &[]);
    status(&format!("{url}&passfile={shown}"), &[]).fails(6, &[]);
    private(folder.path(), ".pgpass", &line);
    status(&url, &[("HOME", folder.path().to_str().expect("a test"))]).fails(6, &[]);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("a test");
    status(&url, &[("PGPASSFILE", shown)]).fails(5, &["chmod 600", "asks for a password"]);

    let text = format!(
        "[other]\nhost=nowhere\n[shop]\nhost=localhost\nport={}\nuser=keeper\ndbname=postgres\npassword=s3cret\nsslmode=verify-full\nsslrootcert={}\n",
        server.port,
        server.root.display()
    );
    let services = private(folder.path(), "services", &text);
    let services = ("PGSERVICEFILE", services.to_str().expect("a test"));
    status("service=shop", &[services]).fails(6, &[]);
    status("postgresql:///?service=shop", &[services]).fails(6, &[]);
    // What the address says comes before.
    status("service=shop host=127.0.0.1", &[services])
        .fails(5, &["certificate not valid for name"]);
    status("service=ship", &[services]).fails(5, &["there is no service `ship`"]);
    let by_name = run_with(
        shop().path(),
        &["status"],
        &[services, ("PGSERVICE", "shop")],
    );
    by_name.fails(6, &[]);
}

#[test]
fn pg_dump_connects_as_we_do() {
    let server = EncryptedServer::start();
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("backups");
    let root = format!("sslmode=verify-full&sslrootcert={}", server.root.display());
    let url = server.url("localhost", &root);
    let arguments = [
        "backup",
        "--backup-dir",
        place.to_str().unwrap(),
        "--database-url",
        &url,
    ];
    run_with(shop().path(), &arguments, &[PASSWORD]).succeeds();
    let written = std::fs::read_dir(&place)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    assert_eq!(
        written
            .filter(|path| path.extension().is_some_and(|it| it == "dump"))
            .count(),
        1
    );
}

#[test]
fn another_database_than_was_meant() {
    let (dir, url) = (shop(), database());
    let refused = [
        "this is the database",
        "--expect-database says `production`",
    ];
    let expected = ["--expect-database", "production", "--database-url", &url];
    for command in [
        &["up"][..],
        &["down", "--yes"],
        &["redo", "--yes"],
        &["status"],
    ] {
        run(dir.path(), &[command, &expected].concat()).fails(5, &refused);
    }
    let variable = [("PGSTRATA_EXPECT_DATABASE", "production")];
    run_with(dir.path(), &["up", "--database-url", &url], &variable).fails(5, &refused);
    assert_eq!(objects(&url), 0);
    let name: String = connect(&url)
        .query_one("SELECT current_database()::text", &[])
        .unwrap()
        .get(0);
    run(
        dir.path(),
        &["up", "--expect-database", &name, "--database-url", &url],
    )
    .succeeds();
}
