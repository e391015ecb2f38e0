//! The commands through PgBouncer: what runs there, and what of an address counts behind it.

use std::path::Path;

use crate::addresses::{command, encoded};
use crate::bouncer::Bouncer;
use crate::support::{ask, connect, database, file, objects, shop};

/// The folder of its socket, and a name of a database.
fn bouncer() -> Option<(Bouncer, String, String, String)> {
    let url = database();
    let config: postgres::Config = url.parse().expect("an address");
    let bouncer = Bouncer::start(&config, 3)?;
    let [postgres::config::Host::Unix(folder)] = bouncer.config.get_hosts() else {
        panic!("{:?}", bouncer.config)
    };
    let folder = folder.display().to_string();
    let name = config.get_dbname().expect("a name").to_owned();
    Some((bouncer, folder, name, url))
}

#[test]
fn every_command_goes_there() {
    let Some((_bouncer, folder, name, url)) = bouncer() else {
        return;
    };
    let dir = shop();
    let address = format!(
        "postgresql://postgres@{}:6432/{name}",
        encoded(Path::new(&folder))
    );
    let all: [(&[&str], i32); 15] = [
        (&["status"], 6),
        (&["plan"], 0),
        (&["preflight"], 0),
        (&["up"], 0),
        (&["status"], 0),
        (&["info", "1"], 0),
        (&["list"], 0),
        (&["verify"], 0),
        (&["postflight"], 0),
        (&["fingerprint"], 0),
        (&["drift"], 0),
        (&["down", "--yes"], 0),
        (&["up"], 0),
        (&["backup"], 0),
        (&["repair", "2", "--reason", "it was reviewed", "--yes"], 0),
    ];
    for (arguments, code) in all {
        let flags = [arguments, &["--behind-pooler"]].concat();
        let outcome = command(dir.path(), &flags, &address, &[]);
        assert_eq!(outcome.code, code, "{arguments:?}: {outcome:#?}");
    }
    assert!(objects(&url) > 0);
    let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    assert_eq!(ask(&mut connect(&url), held), "0");
}

/// Of several servers behind one the right one is found, and nobody takes a pooler for a server's session.
#[test]
fn an_address_through_it_counts_as_any() {
    let Some((_bouncer, folder, name, url)) = bouncer() else {
        return;
    };
    let dir = shop();
    let hidden = encoded(Path::new(&folder));
    for address in [
        format!(
            "postgresql://postgres@%2Fnowhere:7,{hidden}:6432/{name}?target_session_attrs=primary"
        ),
        format!("postgresql://postgres@{hidden}:6432/{name}?target_session_attrs=read-write"),
        format!("postgresql://postgres@{hidden}:6432/{name}?target_session_attrs=prefer-standby"),
        format!("host={folder} port=6432 user=postgres dbname={name} load_balance_hosts=random"),
    ] {
        for arguments in [
            &["up", "--skip-backup", "--behind-pooler"][..],
            &["down", "--to", "0", "--yes", "--behind-pooler"],
        ] {
            command(dir.path(), arguments, &address, &[]).succeeds();
        }
    }
    let standby =
        format!("postgresql://postgres@{hidden}:6432/{name}?target_session_attrs=standby");
    command(dir.path(), &["status", "--behind-pooler"], &standby, &[]).fails(
        5,
        &["the server is a primary, and target_session_attrs is standby"],
    );
    // What needs a session of its own says so, whether or not the pooler was declared.
    file(
        &dir,
        "0003_index.up.sql",
        "-- pgstrata: no-transaction\nCREATE INDEX CONCURRENTLY i ON customer (id);\n",
    );
    file(
        &dir,
        "0003_index.down.sql",
        "-- pgstrata: no-transaction\nDROP INDEX CONCURRENTLY i;\n",
    );
    let address = format!("postgresql://postgres@{hidden}:6432/{name}");
    let up = ["up", "--skip-backup", "--behind-pooler"];
    command(dir.path(), &up, &address, &[]).fails(1, &["0003_index runs outside a transaction"]);
    let undeclared = command(dir.path(), &["up", "--skip-backup"], &address, &[]);
    assert!(
        undeclared.code != 0 && undeclared.stderr.contains("`--behind-pooler`"),
        "{undeclared:#?}"
    );
    command(dir.path(), &["up", "--skip-backup"], &url, &[]).succeeds();
}
