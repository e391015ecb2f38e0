//! Which of several servers an address means, and that all of a command goes there.

use std::collections::BTreeSet;

use pgstrata_tools::cluster::Cluster;
use postgres::config::Host;

use crate::addresses::{command, encoded, socket, status};
use crate::encrypted_server::EncryptedServer;
use crate::standby::Primary;
use crate::support::{ask, connect, directory, file, shop};

#[test]
fn which_of_two_servers() {
    let primary = Primary::start();
    primary.cluster.create_database("shop").expect("a database");
    primary
        .cluster
        .create_database("closed")
        .expect("a database");
    let mut client = primary.connect("postgres");
    client
        .batch_execute("ALTER DATABASE closed SET default_transaction_read_only = on")
        .expect("a setting");
    let standby = primary.standby();
    standby.catch_up(&primary);
    let folder = |config: &postgres::Config| match config.get_hosts() {
        [Host::Unix(folder)] => encoded(folder),
        other => panic!("{other:?}"),
    };
    let p = folder(&primary.cluster.config("shop"));
    let s = folder(&standby.config("shop"));
    let dir = shop();
    // Only on a primary a preflight finds nothing against a run.
    let found = |address: &str, variables: &[(&str, &str)]| {
        let outcome = command(dir.path(), &["preflight"], address, variables);
        match outcome.code {
            0 => "primary",
            1 if outcome.stdout.contains("is a standby") => "standby",
            1 if outcome.stdout.contains("read-only here") => "read only",
            5 => "none",
            _ => panic!("{address}: {outcome:#?}"),
        }
    };
    let all = [
        ("any", "primary", "standby"),
        ("read-write", "primary", "primary"),
        ("read-only", "standby", "standby"),
        ("primary", "primary", "primary"),
        ("standby", "standby", "standby"),
        ("prefer-standby", "standby", "standby"),
    ];
    for (attrs, first, second) in all {
        let url = |hosts: &str| {
            format!("postgresql://postgres@{hosts}/shop?target_session_attrs={attrs}")
        };
        assert_eq!(found(&url(&format!("{p},{s}")), &[]), first, "{attrs}");
        assert_eq!(found(&url(&format!("{s},{p}")), &[]), second, "{attrs}");
        let words = format!(
            "host={},{} user=postgres dbname=shop target_session_attrs='{attrs}'",
            s.replace("%2F", "/"),
            p.replace("%2F", "/")
        );
        assert_eq!(found(&words, &[]), second, "{words}");
        let said = ("PGTARGETSESSIONATTRS", attrs);
        let open = format!("postgresql://postgres@{s},{p}/shop");
        assert_eq!(found(&open, &[said]), second, "{attrs}");
        // What the address says comes before the environment.
        let any = format!("{open}?target_session_attrs=any");
        assert_eq!(found(&any, &[said]), "standby", "{attrs}");
        let service = dir.path().join(".services");
        let text = format!(
            "[shop]\nhost={}\nuser=postgres\ndbname=shop\ntarget_session_attrs={attrs}\n",
            [&s, &p].map(|it| it.replace("%2F", "/")).join(",")
        );
        std::fs::write(&service, text).expect("a file");
        let file = ("PGSERVICEFILE", service.to_str().expect("a path"));
        assert_eq!(found("service=shop", &[file]), second, "{attrs}");
    }
    let alone = [
        (
            &p,
            "shop",
            "standby",
            "none",
            "the server is a primary, and target_session_attrs is standby",
        ),
        (
            &p,
            "shop",
            "read-only",
            "none",
            "one that writes, and target_session_attrs is read-only",
        ),
        (&p, "shop", "prefer-standby", "primary", ""),
        (
            &s,
            "shop",
            "primary",
            "none",
            "the server is a standby, and target_session_attrs is primary",
        ),
        (
            &s,
            "shop",
            "read-write",
            "none",
            "the server is a standby, and target_session_attrs is read-write",
        ),
        (
            &p,
            "closed",
            "read-write",
            "none",
            "set to read only, and target_session_attrs is read-write",
        ),
        (&p, "closed", "read-only", "read only", ""),
        (&p, "closed", "primary", "read only", ""),
        (&p, "closed", "prefer-standby", "read only", ""),
    ];
    for (host, name, attrs, which, why) in alone {
        let url = format!("postgresql://postgres@{host}/{name}?target_session_attrs={attrs}");
        assert_eq!(found(&url, &[]), which, "{url}");
        let outcome = command(dir.path(), &["status"], &url, &[]);
        assert!(outcome.stderr.contains(why), "{url}: {outcome:#?}");
    }
    // Both are named with what is against each, and what may be said is said.
    let url = format!("postgresql://postgres@{s},%2Fnowhere/shop?target_session_attrs=primary");
    command(dir.path(), &["up"], &url, &[]).fails(
        5,
        &[
            "none of these is the one",
            "the server is a standby",
            "/nowhere:5432: No such file",
            "any, read-write, read-only, primary, standby or prefer-standby",
        ],
    );
    // A run, and all that it connects with, goes to the one that was found.
    for attrs in ["read-write", "primary"] {
        let url = format!("postgresql://postgres@{s},{p}/shop?target_session_attrs={attrs}");
        command(dir.path(), &["up", "--steps", "1"], &url, &[]).succeeds();
    }
    let backup = format!("postgresql://postgres@{p},{s}/shop?target_session_attrs=prefer-standby");
    standby.catch_up(&primary);
    command(
        dir.path(),
        &["backup"],
        &backup,
        &[("PGTARGETSESSIONATTRS", "primary")],
    )
    .succeeds();
}

/// Two servers that both write, each with a table of its own size: the backup is of the one where the run is.
#[test]
fn the_backup_goes_where_the_run_goes() {
    let servers = [3, 5].map(|rows| {
        let cluster = Cluster::start(crate::support::version()).expect("a throw-away server");
        let url = cluster.create_database("shop").expect("a database");
        let dir = shop();
        command(dir.path(), &["up"], &url, &[]).succeeds();
        let insert = format!("INSERT INTO customer SELECT generate_series(1, {rows})");
        connect(&url).batch_execute(&insert).expect("rows");
        (cluster, url, rows)
    });
    let dir = shop();
    file(
        &dir,
        "0003_name.up.sql",
        "ALTER TABLE customer ADD name text;\n",
    );
    file(
        &dir,
        "0003_name.down.sql",
        "ALTER TABLE customer DROP name;\n",
    );
    let hosts = servers
        .each_ref()
        .map(|(cluster, ..)| encoded(&socket(cluster)));
    // What the environment says besides leads elsewhere.
    let services = dir.path().join(".services");
    let elsewhere = "[elsewhere]\nhost=/nowhere\nport=7\ndbname=other\nuser=nobody\n";
    std::fs::write(&services, elsewhere).expect("a file");
    let variables = [
        ("PGSERVICEFILE", services.to_str().expect("a path")),
        ("PGSERVICE", "elsewhere"),
        ("PGHOSTADDR", "192.0.2.1"),
        ("PGTARGETSESSIONATTRS", "standby"),
        ("PGLOADBALANCEHOSTS", "random"),
    ];
    let mut seen = BTreeSet::new();
    let url = format!(
        "postgresql://postgres@{}:5432,{}:5432/shop?load_balance_hosts=random&target_session_attrs=any",
        hosts[0], hosts[1]
    );
    // Each is found soon: by chance not in a hundred tries is 1 in 2^99.
    for _ in 0..100 {
        let outcome = command(dir.path(), &["up"], &url, &variables);
        outcome.succeeds();
        let changed = servers.iter().find(|(_, url, _)| {
            let has = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'customer'::regclass AND attname = 'name'";
            ask(&mut connect(url), has) == "1"
        });
        let (_, changed, rows) = changed.expect("one of them was changed");
        let kept = format!("{rows} rows of 1 tables");
        assert!(outcome.stdout.contains(&kept), "{kept}: {outcome:#?}");
        command(dir.path(), &["down", "--yes"], changed, &[]).succeeds();
        seen.insert(*rows);
        std::fs::remove_dir_all(dir.path().join(".backups")).expect("backups");
        if seen.len() == 2 {
            return;
        }
    }
    panic!("only {seen:?}");
}

/// Who is refused by one server is not let in by another.
#[test]
fn a_wrong_password_ends_the_search() {
    let server = EncryptedServer::start();
    let folder = encoded(server.folder.path());
    let url = format!(
        "postgresql://keeper:wrong@localhost:{0},{folder}:{0}/postgres",
        server.port
    );
    status(&url, &[]).fails(5, &["password authentication failed"]);
    let unanswered = url
        .replace("localhost", "localhost:9,localhost")
        .replace("wrong", "s3cret");
    status(&unanswered, &[]).fails(6, &[]);
}

/// Each server has its own line in the password file.
#[test]
fn a_password_file_for_several_servers() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = EncryptedServer::start();
    let dir = directory(&[("pass", "")]);
    let path = dir.path().join("pass");
    let text = format!(
        "127.0.0.1:9:*:*:wrong\nlocalhost:{}:*:*:s3cret\n",
        server.port
    );
    std::fs::write(&path, text).expect("a file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("a mode");
    let url = format!(
        "postgresql://keeper@127.0.0.1:9,localhost:{}/postgres",
        server.port
    );
    status(&url, &[("PGPASSFILE", path.to_str().expect("a path"))]).fails(6, &[]);
}

/// The connection that watches a run goes to the same server, though the client would take any of them.
#[test]
fn a_run_is_watched_where_it_is() {
    let servers = [0, 1].map(|_| Cluster::start(crate::support::version()).expect("a server"));
    let mut config = postgres::Config::new();
    config.user("postgres").dbname("postgres");
    config.load_balance_hosts(postgres::config::LoadBalanceHosts::Random);
    for server in &servers {
        config.host_path(socket(server)).port(5432);
    }
    let list = pgstrata::Migrations::new("", &[], &[]);
    // Each is a chance of one in two to go elsewhere.
    for _ in 0..24 {
        let mut migrator = pgstrata::Migrator::new(&list);
        let working = migrator
            .connect(&config, postgres::NoTls)
            .expect("a connection");
        let sessions = servers.each_ref().map(|server| {
            let others = "SELECT count(*) FROM pg_stat_activity
                WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
            ask(&mut connect(&server.url("postgres")), others)
        });
        assert!(sessions.contains(&"2".to_owned()), "{sessions:?}");
        drop((working, migrator));
        for server in &servers {
            let are_gone =
                "SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'client backend'";
            let mut client = connect(&server.url("postgres"));
            while ask(&mut client, are_gone) != "t" {}
        }
    }
}
