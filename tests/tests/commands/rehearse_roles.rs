//! `rehearse`: roles, which belong to the server and not to one of its databases.

use std::path::Path;

use crate::support::{Outcome, directory, file, run_with};

/// On a server of its own.
fn rehearse(dir: &Path) -> Outcome {
    run_with(dir, &["rehearse"], &[("PGSTRATA_TEST_URL", "")])
}

#[test]
fn a_role_that_stays_is_found() {
    let dir = directory(&[
        ("001_create.up.sql", "CREATE TABLE item (id bigint);\n"),
        ("001_create.down.sql", "DROP TABLE item;\n"),
        (
            "002_role.up.sql",
            "CREATE ROLE \"Writer\" LOGIN;\nGRANT INSERT ON item TO \"Writer\";\nALTER ROLE reader CREATEDB;\nGRANT reader TO \"Writer\";\n",
        ),
        (
            "002_role.down.sql",
            "ALTER ROLE reader NOCREATEDB;\nDROP OWNED BY \"Writer\";\nDROP ROLE \"Writer\";\n",
        ),
        ("003_gone.up.sql", "DROP ROLE old;\n"),
        ("003_gone.down.sql", "CREATE ROLE old;\n"),
        ("004_note.up.sql", "ALTER TABLE item ADD note text;\n"),
        ("004_note.down.sql", "ALTER TABLE item DROP note;\n"),
    ]);
    // The same role is made one by one, and with all others.
    file(
        &dir,
        "tests/prelude.sql",
        "CREATE ROLE reader;\nCREATE ROLE old;\n",
    );
    rehearse(dir.path()).succeeds();
    let check = |down: &str, finds: &[&str]| {
        file(&dir, "002_role.down.sql", down);
        let outcome = rehearse(dir.path());
        outcome.fails(3, &[]);
        let found: Vec<&str> = outcome
            .stdout
            .lines()
            .filter_map(|line| line.strip_prefix("  after "))
            .collect();
        assert_eq!(found, finds, "{outcome:#?}");
    };
    check(
        "REVOKE reader FROM \"Writer\";\nREVOKE ALL ON item FROM \"Writer\";\nALTER ROLE reader NOCREATEDB;\n",
        &["down: role \"Writer\" is left over"],
    );
    check(
        "DROP OWNED BY \"Writer\";\nDROP ROLE \"Writer\";\n",
        &["down: role reader: attributes is createdb, was "],
    );
}

#[test]
fn a_role_that_a_copy_uses_is_tried_with_all_others() {
    let dir = directory(&[
        ("001_create.up.sql", "CREATE TABLE item (id bigint);\n"),
        ("001_create.down.sql", "DROP TABLE item;\n"),
        (
            "002_role.up.sql",
            "-- pgstrata: no-transaction\nCREATE ROLE writer;\nGRANT INSERT ON item TO writer;\n",
        ),
        (
            "002_role.down.sql",
            "-- pgstrata: no-transaction\nREVOKE ALL ON item FROM writer;\nDROP ROLE writer;\n",
        ),
    ]);
    let note = "  note: down is tried with all others only: it drops a role";
    let printed = rehearse(dir.path());
    assert!(printed.succeeds().contains(note), "{printed:#?}");
    file(
        &dir,
        "002_role.down.sql",
        "-- pgstrata: no-transaction\nDROP ROLE writer;\n",
    );
    let outcome = rehearse(dir.path());
    outcome.fails(3, &["the rehearsal has 1 finding;"]);
    assert!(
        outcome
            .stdout
            .contains("all down fails: 002_role: role \"writer\" cannot"),
        "{outcome:#?}"
    );
}
