//! A contract step that waits for the next release: what the commands do with it, and which
//! directories they refuse as it would make others wait.

use std::fs::{read_to_string, write};
use std::thread;

use tempfile::TempDir;

use crate::lock_rebase::Repository;
use crate::support::{connect, database, directory, file, run};

const TABLE: [(&str, &str); 2] = [
    (
        "0001_a.up.sql",
        "CREATE TABLE a (id bigint PRIMARY KEY, old int);\n",
    ),
    ("0001_a.down.sql", "DROP TABLE a;\n"),
];

const EXPAND: [(&str, &str); 2] = [
    (
        "0002_b.up.sql",
        "-- pgstrata: phase expand\nALTER TABLE a ADD COLUMN new int;\n",
    ),
    ("0002_b.down.sql", "ALTER TABLE a DROP COLUMN new;\n"),
];

const CONTRACT: [(&str, &str); 2] = [
    (
        "0003_c.up.sql",
        "-- pgstrata: phase contract\n-- pgstrata: requires 2\n\
         -- pgstrata: allow drop-column: no program reads it\nALTER TABLE a DROP COLUMN old;\n",
    ),
    ("0003_c.down.sql", "ALTER TABLE a ADD COLUMN old int;\n"),
];

const HOTFIX: [(&str, &str); 2] = [
    ("0004_d.up.sql", "CREATE TABLE d (id bigint PRIMARY KEY);\n"),
    ("0004_d.down.sql", "DROP TABLE d;\n"),
];

/// The directory of a release with these migrations.
fn release(parts: &[&[(&str, &str); 2]]) -> TempDir {
    let files: Vec<_> = parts.iter().flat_map(|part| part.iter().copied()).collect();
    directory(&files)
}

fn on(dir: &TempDir, url: &str, arguments: &[&str]) -> crate::support::Outcome {
    run(dir.path(), &[arguments, &["--database-url", url]].concat())
}

/// Whether the old programs' column is there.
fn has_old(url: &str) -> bool {
    let query = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'a'::regclass AND attname = 'old' AND NOT attisdropped";
    let count: i64 = connect(url).query_one(query, &[]).expect("a count").get(0);
    count == 1
}

/// A database that ran the first release.
fn in_use() -> String {
    let url = database();
    on(&release(&[&TABLE]), &url, &["up"]).succeeds();
    url
}

#[test]
fn three_programs_that_start_together_hold_it() {
    let (url, dir) = (in_use(), release(&[&TABLE, &EXPAND, &CONTRACT]));
    thread::scope(|scope| {
        let up = || on(&dir, &url, &["up", "--skip-backup"]);
        let all = [(); 3].map(|()| scope.spawn(up));
        for outcome in all.map(|it| it.join().unwrap()) {
            let printed = outcome.succeeds();
            assert!(printed.contains("held: 0003_c"), "{printed}");
        }
    });
    assert!(has_old(&url));
    let hotfix = release(&[&TABLE, &EXPAND, &CONTRACT, &HOTFIX]);
    on(&hotfix, &url, &["up", "--skip-backup"]).succeeds();
    assert!(!has_old(&url));
}

#[test]
fn every_command_takes_it_for_a_success() {
    let (url, dir) = (in_use(), release(&[&TABLE, &EXPAND, &CONTRACT]));
    let up = on(&dir, &url, &["up", "--skip-backup"]);
    assert!(
        up.succeeds().contains("0002_b expands in this run"),
        "{up:?}"
    );
    let place = tempfile::tempdir().unwrap();
    let pages = ["json", "md", "html", "jsonl"].map(|kind| place.path().join(format!("r.{kind}")));
    let [json, markdown, html, log] = pages.each_ref().map(|page| page.to_str().unwrap());
    let again = on(
        &dir,
        &url,
        &[
            "up",
            "--skip-backup",
            "--report",
            json,
            "--report",
            markdown,
            "--report",
            html,
            "--log",
            log,
        ],
    );
    assert_eq!(
        again
            .succeeds()
            .lines()
            .filter(|it| it.starts_with("held: "))
            .count(),
        1,
        "{again:?}"
    );
    assert!(again.stdout.contains("nothing to do"), "{again:?}");
    for (page, part) in [
        (json, "\"held\": [\n    \"0003_c\"\n  ]"),
        (markdown, "Held for a later release: `0003_c`."),
        (html, "Held for a later release: 0003_c."),
        (log, "\"event\":\"held\""),
    ] {
        let text = read_to_string(page).unwrap();
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
    let parts: [(&[&str], &str); 9] = [
        (&["status"], "2 applied, 1 held"),
        (&["status", "--json"], "\"state\": \"held\""),
        (&["plan"], "nothing to do\nheld: 0003_c"),
        (&["plan", "--format", "json"], ""),
        (&["preflight"], "note: history: held: 0003_c"),
        (&["postflight"], "2 applied, 0 pending, 1 held"),
        (&["postflight", "--json"], "\"held\":1"),
        (&["drift"], "no drift"),
        (&["verify"], ""),
    ];
    for (arguments, part) in parts {
        let outcome = on(&dir, &url, arguments);
        assert!(
            outcome.succeeds().contains(part),
            "{part:?} is not in {outcome:#?}"
        );
    }
    assert!(has_old(&url));
    let plan = on(&dir, &in_use(), &["plan"]);
    assert!(plan.succeeds().contains("\nheld: 0003_c: "), "{plan:?}");
}

#[test]
fn a_name_or_the_settings_apply_it() {
    let dir = release(&[&TABLE, &EXPAND, &CONTRACT]);
    for arguments in [
        &["up", "--phase", "contract"][..],
        &["up", "--allow-contract"],
        &["up", "--only", "3"],
    ] {
        let url = in_use();
        on(&dir, &url, &["up", "--skip-backup"]).succeeds();
        on(&dir, &url, &["up", "--phase", "migrate", "--skip-backup"]).succeeds();
        assert!(has_old(&url));
        on(&dir, &url, &[arguments, &["--skip-backup"]].concat()).succeeds();
        assert!(!has_old(&url), "{arguments:?}");
    }
    file(&dir, "pgstrata.toml", "contract-after = \"24h\"\n");
    let url = in_use();
    on(&release(&[&TABLE, &EXPAND]), &url, &["up"]).succeeds();
    let held = on(&dir, &url, &["up", "--skip-backup"]);
    assert!(held.succeeds().contains("another 24h 0m"), "{held:?}");
    file(&dir, "pgstrata.toml", "contract = \"with-expand\"\n");
    let url = in_use();
    on(&dir, &url, &["up", "--skip-backup"]).succeeds();
    assert!(!has_old(&url));
}

#[test]
fn throw_away_databases_take_it_at_once() {
    let dir = release(&[&TABLE, &EXPAND, &CONTRACT]);
    for command in ["rehearse", "trace"] {
        let outcome = run(dir.path(), &[command, "--from", "2"]);
        assert!(!outcome.succeeds().contains("held: 0003"), "{outcome:?}");
    }
}

#[test]
fn what_comes_after_it_in_one_release_is_refused() {
    let dir = release(&[&TABLE]);
    run(dir.path(), &["lock"]).succeeds();
    let add = |parts: &[&[(&str, &str); 2]]| {
        for (name, text) in parts.iter().flat_map(|part| part.iter()) {
            file(&dir, name, text);
        }
    };
    add(&[&EXPAND, &CONTRACT]);
    // The last of what is new.
    let checked = run(dir.path(), &["check"]);
    assert!(!checked.stderr.contains("contract-not-last"), "{checked:?}");
    add(&[&HOTFIX]);
    let message = "error[contract-not-last]: `0003_c` contracts, and is not the last new \
                   migration: `0004_d` comes after it";
    run(dir.path(), &["check"]).fails(1, &[message]);
    run(dir.path(), &["lock"]).fails(1, &[message]);
    // Nothing waits where the settings say so.
    file(&dir, "pgstrata.toml", "contract = \"with-expand\"\n");
    run(dir.path(), &["lock"]).succeeds();
    // One after the other, each was the last; what is sealed is a release.
    std::fs::remove_file(dir.path().join("pgstrata.toml")).unwrap();
    run(dir.path(), &["lock"]).succeeds();
    run(dir.path(), &["check", "--sealed"]).succeeds();
    // Without a release before it there is no database in which it could wait.
    let new = release(&[&TABLE, &EXPAND, &CONTRACT, &HOTFIX]);
    run(new.path(), &["lock"]).succeeds();
}

#[test]
fn ci_compares_with_the_base() {
    let repository = Repository::new(&[], &[]);
    let dir = repository.dir();
    let add = |label: &str, phase: &str| {
        let (_, name) = label.split_once('_').expect("a label");
        repository.add(name);
        if !phase.is_empty() {
            let text = format!("-- pgstrata: phase {phase}\nSELECT '{name}';\n");
            write(dir.join(format!("{label}.up.sql")), text).expect("a file");
        }
        repository.lock(&[]).succeeds();
        repository.commit();
    };
    add("0003_grow", "expand");
    add("0004_shrink", "contract");
    run(&dir, &["ci", "--base", "main"]).succeeds();
    add("0005_more", "");
    let refused = run(&dir, &["ci", "--base", "main"]);
    refused.fails(
        1,
        &[
            "error[contract-not-last]: `0004_shrink` contracts",
            "`0005_more` comes after it",
        ],
    );
    run(&dir, &["ci", "--base", "ours~1"]).succeeds();
}

#[test]
fn what_is_held_is_called_by_its_kind() {
    let (url, dir) = (in_use(), release(&[&TABLE, &EXPAND, &CONTRACT]));
    file(
        &dir,
        "repeatable/v.sql",
        "CREATE OR REPLACE VIEW v AS SELECT id FROM a;\n",
    );
    on(&dir, &url, &["up", "--skip-backup"]).succeeds();
    for command in ["postflight", "preflight"] {
        let outcome = on(&dir, &url, &[command]);
        let printed = outcome.succeeds();
        assert!(printed.contains("migration 0003_c"), "{printed}");
        assert!(printed.contains("repeatable v"), "{printed}");
    }
}

/// A wait that is shorter than a minute is not none, and the way out is a flag of the tool.
#[test]
fn a_short_wait_has_a_length() {
    let (url, expanded) = (in_use(), release(&[&TABLE, &EXPAND]));
    on(&expanded, &url, &["up", "--skip-backup"]).succeeds();
    let dir = release(&[&TABLE, &EXPAND, &CONTRACT]);
    file(&dir, "pgstrata.toml", "contract-after = \"59s\"\n");
    let up = on(&dir, &url, &["up", "--skip-backup"]);
    let printed = up.succeeds();
    assert!(
        printed.contains("has to wait for another 0h 1m"),
        "{printed}"
    );
    assert!(
        printed.contains("`cargo pgstrata up --allow-contract`"),
        "{printed}"
    );
}
