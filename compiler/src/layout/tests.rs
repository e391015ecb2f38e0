//! Pairs of files, and names that are none.

use super::layout;
use crate::settings::Settings;
use crate::source::{Source, Sources};

fn check(names: &[&str], expected: &[&str]) {
    check_with("", names, expected);
}

fn check_with(settings: &str, names: &[&str], expected: &[&str]) {
    let settings = Settings::parse(settings, &[]).expect("good settings");
    let source = |name: &&str| Source {
        name: (*name).to_owned(),
        text: Some(String::new()),
    };
    let (repeatables, files) = names
        .iter()
        .map(source)
        .partition(|source: &Source| source.name.contains('/'));
    let sources = Sources {
        files,
        repeatables,
        ..Sources::default()
    };
    let layout = layout(&sources, &settings);
    let found: Vec<String> = layout
        .diagnostics
        .iter()
        .map(|d| format!("{}: {}", d.rule, d.message))
        .collect();
    assert_eq!(found, expected, "for {names:?}");
}

#[test]
fn pairs() {
    check(
        &[
            "001_a.up.sql",
            "001_a.down.sql",
            "002_b.up.sql",
            "002_b.down.sql",
        ],
        &[],
    );
    check(
        &[
            "20240101000000_a.up.sql",
            "20240101000000_a.down.sql",
            "20250101000000_b.up.sql",
            "20250101000000_b.down.sql",
        ],
        &[],
    );
    check(
        &["001_a.up.sql"],
        &["missing-down: `001_a.up.sql` has no `001_a.down.sql`"],
    );
    check(
        &["001_a.down.sql"],
        &["missing-up: `001_a.down.sql` has no `001_a.up.sql`"],
    );
    check(
        &["001_a.up.sql", "001_b.down.sql"],
        &[
            "pair-name: the two files of version 001 have different names: `001_a.up.sql` and `001_b.down.sql`",
        ],
    );
}

#[test]
fn verify_scripts_and_repeatable_ones() {
    let pair = ["001_a.up.sql", "001_a.down.sql"];
    let check = |more: &[&str], expected: &[&str]| check(&[&pair, more].concat(), expected);
    check(
        &["001_a.verify.sql", "repeatable/b.sql", "repeatable/c.sql"],
        &[],
    );
    check(
        &["001_b.verify.sql"],
        &["pair-name: `001_b.verify.sql` verifies no migration of this name"],
    );
    check(
        &["002_b.verify.sql"],
        &["missing-up: `002_b.verify.sql` has no `002_b.up.sql`"],
    );
    check(
        &["repeatable/notes.txt", "repeatable/B.sql"],
        &[
            "file-name: `repeatable/notes.txt` is no repeatable script",
            "file-name: `repeatable/B.sql`: the name is not snake_case",
        ],
    );
}

#[test]
fn numbers() {
    check(
        &[
            "011_a.up.sql",
            "011_a.down.sql",
            "011_b.up.sql",
            "011_b.down.sql",
            "011_c.up.sql",
        ],
        &["duplicate-version: version 011 is used 3 times: `011_a` and `011_b` and `011_c`"],
    );
    check(
        &[
            "001_a.up.sql",
            "001_a.down.sql",
            "003_b.up.sql",
            "003_b.down.sql",
        ],
        &["gap: version 002 is missing between `001_a` and `003_b`"],
    );
    check(
        &[
            "001_a.up.sql",
            "001_a.down.sql",
            "0002_b.up.sql",
            "0002_b.down.sql",
        ],
        &[
            "mixed-numbering: versions of 3 and of 4 digits are mixed: `001_a.up.sql` and `0002_b.up.sql`",
        ],
    );
    check(
        &[],
        &["directory: the migrations directory holds no migration"],
    );
}

#[test]
fn numbers_as_the_settings_say() {
    let gap = [
        "001_a.up.sql",
        "001_a.down.sql",
        "003_b.up.sql",
        "003_b.down.sql",
    ];
    check_with("numbering = 'gaps'", &gap, &[]);
    check_with(
        "numbering = 'timestamp'",
        &gap,
        &["numbering: version 001 is no timestamp, and pgstrata.toml asks for them"],
    );
    let times = ["20240101000000_a.up.sql", "20240101000000_a.down.sql"];
    check_with("numbering = 'timestamp'", &times, &[]);
    check_with(
        "numbering = 'timestamp'",
        &[&gap[..2], &times].concat(),
        &[
            "mixed-numbering: versions of 3 and of 14 digits are mixed: `001_a.up.sql` and `20240101000000_a.up.sql`",
        ],
    );
}

#[test]
fn settings_that_would_silence_too_much() {
    let names = [
        "001_a.up.sql",
        "001_a.down.sql",
        "002_b.up.sql",
        "002_b.down.sql",
    ];
    for from in ["001", "002", "003"] {
        check_with(&format!("check-from = '{from}'"), &names, &[]);
    }
    let far = ["settings: there is no version 004; the last is 002"];
    check_with("check-from = '004'", &names, &far);
    check_with("numbering = 'gaps'\ncheck-from = '004'", &names, &[]);
    check_with(
        "check-from = '2'",
        &names,
        &["settings: `2` is no version of 3 digits"],
    );
    check_with("ignore = ['*.md', '*.bak']", &names, &[]);
    check_with(
        "ignore = ['002*']",
        &names,
        &["settings: `002*` would ignore `002_b.up.sql`"],
    );
    let names = [&names[..], &["repeatable/old_view.sql"]].concat();
    check_with(
        "ignore = ['old*']",
        &names,
        &["settings: `old*` would ignore `repeatable/old_view.sql`"],
    );
}
