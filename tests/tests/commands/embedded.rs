//! The commands over the list that a program embeds.

use std::process::Command;

use serde_json::Value;

use crate::fingerprint::name;
use crate::support::{Outcome, connect, database, server};

/// Runs the service's own binary, in a folder without files.
fn service(arguments: &[&str]) -> Outcome {
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_service"))
        .args(arguments)
        .current_dir(folder.path())
        .env_remove("DATABASE_URL")
        .output()
        .expect("the program runs");
    let outcome = Outcome::from(output);
    crate::documents::check(folder.path(), arguments, &outcome.stdout);
    outcome
}

#[test]
fn a_service_brings_its_own_commands() {
    let url = database();
    let migrations = |arguments: &[&str]| {
        service(&[&["migrations"], arguments, &["--database-url", &url]].concat())
    };
    assert!(service(&[]).succeeds().contains("a service would start"));
    let status = migrations(&["status"]);
    status.fails(6, &[]);
    assert_eq!(status.stderr, "", "nothing is missed");
    let preflight = migrations(&["preflight", "--json"]);
    let object: Value = serde_json::from_str(preflight.succeeds()).unwrap();
    assert_eq!(object["pending"][2]["label"], "0003_drop_email");
    assert!(
        migrations(&["plan"])
            .succeeds()
            .contains("then crate::fold_addresses")
    );
    // The part of a change that comes first, with the service's own code.
    migrations(&["up", "--to", "1"]).succeeds();
    connect(&url)
        .batch_execute("INSERT INTO account VALUES (1, 'A@example.org')")
        .unwrap();
    migrations(&["up", "--phase", "expand"]).succeeds();
    let folded = connect(&url)
        .query_one("SELECT folded FROM account", &[])
        .unwrap();
    assert_eq!(folded.get::<_, String>(0), "a@example.org");
    assert!(migrations(&["status"]).succeeds().contains("1 held"));
    let preflight = migrations(&["preflight", "--phase", "contract", "--json"]);
    let object: Value = serde_json::from_str(preflight.succeeds()).unwrap();
    let lock = &object["pending"][0]["statements"][0]["locks"][0];
    assert_eq!(
        (&lock["table"], &lock["mode"]),
        (&"account".into(), &"ACCESS EXCLUSIVE".into())
    );
    migrations(&["up", "--phase", "contract"]).succeeds();
    migrations(&["status"]).succeeds();
    migrations(&["postflight"]).succeeds();
    migrations(&["drift"]).succeeds();
    connect(&url)
        .batch_execute("UPDATE pgstrata_history SET up_checksum = down_checksum WHERE version = 1")
        .unwrap();
    // It is told what it can type, and of the others what there is.
    let changed = migrations(&["up"]);
    changed.fails(
        1,
        &["or, where the change was reviewed, accept it with `service migrations repair"],
    );
    assert!(
        !changed.stderr.contains("cargo pgstrata"),
        "{}",
        changed.stderr
    );
    migrations(&["repair", "1", "--reason", "reviewed", "--yes"]).succeeds();
    connect(&url)
        .batch_execute("ALTER TABLE account ADD COLUMN by_hand int")
        .unwrap();
    migrations(&["drift"]).fails(3, &["1 difference from what 3 migrations make"]);
    connect(&url)
        .batch_execute("ALTER TABLE account DROP COLUMN by_hand")
        .unwrap();
    assert!(
        migrations(&["list"])
            .succeeds()
            .contains("0002_fold_addresses")
    );
    assert!(
        migrations(&["info", "2"])
            .succeeds()
            .contains("crate::fold_addresses")
    );
    migrations(&["down", "--yes", "--to", "0"]).succeeds();
    migrations(&["status"]).fails(6, &[]);
}

#[test]
fn what_needs_files_is_refused_by_name() {
    for command in ["new", "check", "lock", "rehearse"] {
        service(&["migrations", command, "x"]).fails(5, &[]);
    }
    service(&["migrations", "check"]).fails(5, &["`check` needs the migrations directory"]);
    let help = service(&["migrations", "--help"]);
    assert!(
        help.succeeds().contains("preflight") && !help.stdout.contains("rehearse"),
        "{help:?}"
    );
}

#[test]
fn a_contract_step_waits_for_the_next_release_or_its_name() {
    let url = database();
    let migrations = |arguments: &[&str]| {
        service(&[&["migrations"], arguments, &["--database-url", &url]].concat())
    };
    migrations(&["up", "--to", "1"]).succeeds();
    for _ in 0..2 {
        let up = migrations(&["up"]);
        assert!(up.succeeds().contains("held: 0003_drop_email"), "{up:?}");
        migrations(&["status"]).succeeds();
    }
    migrations(&["up", "--phase", "migrate"]).succeeds();
    assert!(migrations(&["status"]).succeeds().contains("1 held"));
    let named = migrations(&["up", "--phase", "contract"]);
    assert!(
        named.succeeds().contains("applied 0003_drop_email"),
        "{named:?}"
    );
    assert!(migrations(&["status"]).succeeds().contains("3 applied"));
    migrations(&["down", "--steps", "2", "--yes"]).succeeds();
    migrations(&["up", "--allow-contract"]).succeeds();
    migrations(&["status"]).succeeds();
}

#[test]
fn a_service_may_have_backups_of_its_own() {
    let url = database();
    let run = |word, arguments: &[&str]| {
        service(&[&[word], arguments, &["--database-url", &url]].concat())
    };
    assert!(
        run("kept", &["up", "--to", "1"])
            .succeeds()
            .contains("applied 0001")
    );
    connect(&url)
        .batch_execute("INSERT INTO account VALUES (1, 'A@example.org')")
        .unwrap();
    run("unkept", &["up", "--to", "2"])
        .fails(1, &["no backup, so nothing was changed: the store is away"]);
    run("migrations", &["status"]).fails(6, &[]);
    let kept = run("kept", &["up", "--to", "2"]);
    assert!(
        kept.succeeds().contains("the service keeps public.account"),
        "{kept:?}"
    );
}

#[test]
fn a_service_backs_up_and_restores_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_str().unwrap();
    let url = database();
    let run = |arguments: &[&str]| {
        service(&[&["migrations"], arguments, &["--database-url", &url]].concat())
    };
    run(&["up", "--to", "1"]).succeeds();
    connect(&url)
        .batch_execute("INSERT INTO account VALUES (1, 'A@example.org')")
        .unwrap();
    let backup = run(&["backup", "--backup-dir", place, "--json"]);
    let backup: Value = serde_json::from_str(backup.succeeds()).unwrap();
    let fingerprint = run(&["fingerprint", "--exact"]);
    let copy = format!("{}_copy", name(&url));
    run(&["restore", "--backup-dir", place, "--into", &copy]).succeeds();
    let restored = server().url(&copy);
    let of_copy = service(&[
        "migrations",
        "fingerprint",
        "--exact",
        "--database-url",
        &restored,
    ]);
    assert_eq!(of_copy.succeeds(), fingerprint.succeeds(), "{backup}");
    let rows = connect(&restored)
        .query("SELECT email FROM account", &[])
        .unwrap();
    assert_eq!(rows.len(), 1);
}
