//! A database that `pg_dump` and `psql` have copied, with its history: a run trusts the copy, or is
//! refused with the statements that repair it.

use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use pgstrata_tools::cluster::Cluster;
use postgres::{Client, NoTls};
use tempfile::TempDir;

use crate::fingerprint::programs;
use crate::support::{Outcome, connect, run, shop};

const LAYOUT_3: &str = include_str!("../database/layouts/layout_3.sql");

/// The history of each layout, as the application's own or as an administrator's.
#[derive(Clone, Copy, Debug)]
enum Layout {
    Third,
    Today,
}

/// A server as old as the `pg_dump` there is.
fn server() -> &'static Cluster {
    static SERVER: OnceLock<Cluster> = OnceLock::new();
    SERVER.get_or_init(|| {
        let cluster = Cluster::start(Some(15)).expect("a server of the same version as pg_dump");
        for role in ["app", "other", "login"] {
            let create = format!("CREATE ROLE {role} LOGIN");
            connect(&cluster.url("postgres"))
                .batch_execute(&create)
                .expect("a role");
        }
        let grant = "GRANT app TO login";
        connect(&cluster.url("postgres"))
            .batch_execute(grant)
            .expect("a grant");
        cluster
    })
}

fn url(database: &str, role: &str) -> String {
    let url = server().url(database);
    url.replace("postgres@", &format!("{role}@"))
}

/// Belongs to a role.
fn database(owner: &str) -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("restored_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let sql = format!("CREATE DATABASE {name} OWNER {owner}");
    connect(&server().url("postgres"))
        .batch_execute(&sql)
        .expect("a database");
    let grant = "GRANT CREATE, USAGE ON SCHEMA public TO app, other";
    connect(&server().url(&name))
        .batch_execute(grant)
        .expect("a grant");
    name
}

/// With the first two migrations of the shop, all of it the application's.
fn original(dir: &TempDir, layout: Layout) -> String {
    let (name, address) = (database("postgres"), |name: &str| url(name, "app"));
    let app = address(&name);
    up(dir, &app).succeeds();
    if let Layout::Third = layout {
        let mut client = Client::connect(&app, NoTls).expect("a connection");
        let columns: String = client
            .query_one(
                "SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute \
                 WHERE attrelid = 'pgstrata_history'::regclass AND attnum > 0 AND attname <> 'attempt' \
                 AND attname NOT IN ('next_statement', 'statement_work', 'statement_rows')",
                &[],
            )
            .expect("the columns")
            .get(0);
        let events =
            "attempt, action, version, label, at, duration, who, application, program, reason";
        let earlier = format!(
            "CREATE TEMPORARY TABLE h AS SELECT * FROM pgstrata_history; \
             CREATE TEMPORARY TABLE e AS SELECT * FROM pgstrata_history_events; \
             DROP TABLE public.pgstrata_history, public.pgstrata_history_events, public.pgstrata_history_failed; \
             {LAYOUT_3}; \
             INSERT INTO public.pgstrata_history ({columns}) SELECT {columns} FROM h ORDER BY attempt; \
             INSERT INTO public.pgstrata_history_events ({events}) SELECT {events} FROM e"
        );
        client.batch_execute(&earlier).expect("an earlier layout");
    }
    name
}

fn up(dir: &TempDir, url: &str) -> Outcome {
    run(dir.path(), &["up", "--database-url", url])
}

/// `pg_dump … | psql`.
fn copy(from: &str, options: &[&str], to: &str, as_role: &str) {
    let dumped = Command::new(programs().join("pg_dump"))
        .args(options)
        .args(["--dbname", &server().url(from)])
        .output()
        .expect("pg_dump runs");
    assert!(dumped.status.success(), "{dumped:?}");
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), dumped.stdout).expect("a dump");
    let restored = Command::new(programs().join("psql"))
        .args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"])
        .args(["--dbname", &url(to, as_role), "--file"])
        .arg(file.path())
        .output()
        .expect("psql runs");
    assert!(restored.status.success(), "{restored:?}");
}

/// How a copy was made, and who runs there.
struct Case {
    options: &'static [&'static str],
    owner: &'static str,
    restored_by: &'static str,
    run_by: &'static str,
    /// What a refusal says; nothing where the copy is trusted as it is.
    refused: Option<&'static str>,
}

const CASES: [Case; 8] = [
    Case {
        options: &[],
        owner: "postgres",
        restored_by: "postgres",
        run_by: "app",
        refused: None,
    },
    Case {
        options: &[],
        owner: "postgres",
        restored_by: "postgres",
        run_by: "login",
        refused: None,
    },
    Case {
        options: &[],
        owner: "postgres",
        restored_by: "postgres",
        run_by: "postgres",
        refused: Some("belongs to the role app, which is not trusted"),
    },
    Case {
        options: &[],
        owner: "app",
        restored_by: "postgres",
        run_by: "postgres",
        refused: None,
    },
    Case {
        options: &["--no-owner", "--no-privileges", "--no-comments"],
        owner: "app",
        restored_by: "app",
        run_by: "app",
        refused: None,
    },
    Case {
        options: &["--no-owner", "--no-privileges"],
        owner: "other",
        restored_by: "other",
        run_by: "other",
        refused: None,
    },
    Case {
        options: &["--no-owner", "--no-privileges"],
        owner: "postgres",
        restored_by: "postgres",
        run_by: "app",
        refused: Some("permission denied for table pgstrata_history"),
    },
    Case {
        options: &["--no-owner", "--no-privileges"],
        owner: "postgres",
        restored_by: "other",
        run_by: "postgres",
        refused: Some("belongs to the role other, which is not trusted"),
    },
];

/// Runs what each refusal prints, until nothing is refused: a role that could not read learns first what reading needs.
fn repair(dir: &TempDir, copied: &str, address: &str, mut ended: Outcome) {
    while ended.code != 0 {
        let lines = ended.stderr.lines().map(str::trim);
        let repairs = lines.filter(|line| line.starts_with("ALTER ") || line.starts_with("GRANT "));
        let repairs: Vec<&str> = repairs.collect();
        assert!(!repairs.is_empty(), "{ended:#?}");
        for repair in repairs {
            connect(&server().url(copied))
                .batch_execute(repair)
                .expect(repair);
        }
        let again = up(dir, address);
        assert_ne!(again.stderr, ended.stderr, "what it prints does not help");
        ended = again;
    }
}

fn check(layout: Layout) {
    let dir = shop();
    let original = original(&dir, layout);
    for (name, text) in [
        ("0003_visit.up.sql", "CREATE TABLE visit (id bigint);\n"),
        ("0003_visit.down.sql", "DROP TABLE visit;\n"),
    ] {
        std::fs::write(dir.path().join(name), text).expect("a file");
    }
    for (number, case) in CASES.iter().enumerate() {
        let copied = database(case.owner);
        copy(&original, case.options, &copied, case.restored_by);
        let address = url(&copied, case.run_by);
        let ended = up(&dir, &address);
        let what = format!("{layout:?}, {number}: {ended:#?}");
        if let Some(says) = case.refused {
            assert_ne!(ended.code, 0, "{what}");
            assert!(ended.stderr.contains(says), "{what}");
            repair(&dir, &copied, &address, ended);
        } else {
            assert_eq!(ended.code, 0, "{what}");
        }
        let row = connect(&server().url(&copied))
            .query_one(
                "SELECT string_agg(version::text, ' ' ORDER BY version), to_regclass('visit') IS NOT NULL \
                 FROM pgstrata_history WHERE state = 'applied'",
                &[],
            )
            .expect("the history");
        assert_eq!((row.get(0), row.get(1)), ("1 2 3", true), "{number}");
        run(
            dir.path(),
            &["down", "--steps", "1", "--yes", "--database-url", &address],
        )
        .succeeds();
    }
}

#[test]
fn a_copy_of_todays_history() {
    check(Layout::Today);
}

#[test]
fn a_copy_of_an_earlier_history() {
    check(Layout::Third);
}
