//! `docs/rules.md` is made from the rules themselves.
//!
//! After a change of a rule, write it anew with `PGSTRATA_OVERWRITE=1 cargo test --test
//! rules_page`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use pgstrata_compiler::rules::{Rule, all};
use pgstrata_compiler::settings::Level;

/// Rules of other programs that have no rule here, and why.
const NOT_TAKEN: [(&[&str], &str); 8] = [
    (
        &["squawk prefer-robust-stmts", "pgfence prefer-robust-*"],
        "`IF NOT EXISTS` hides a schema that is not what it should be; a migration is applied \
         once, whole or not at all, and a file without a transaction goes on behind the last \
         statement that was done",
    ),
    (
        &[
            "squawk require-lock-timeout",
            "squawk require-statement-timeout",
            "squawk require-timeout-settings",
            "eugene E9",
            "pgfence missing-lock-timeout",
            "pgfence missing-statement-timeout",
            "pgsafe timeouts",
        ],
        "the runtime always sets both; a file has its own with `-- pgstrata: lock-timeout 5s`",
    ),
    (
        &[
            "pgfence missing-idle-timeout",
            "pgfence missing-application-name",
        ],
        "matters of the connection, which the program opens",
    ),
    (
        &["squawk unused-ignore"],
        "an `allow` without effect is always reported, as `unused-allow`",
    ),
    (
        &["strong_migrations execute", "pgsafe do-blocks"],
        "all migrations are SQL here; what a `DO` block or dynamic SQL touches is unknown to the \
         rules, and they say nothing about it",
    ),
    (
        &[
            "pgfence add-column-default-pre-pg11",
            "pgfence add-column-constant-default",
            "pgfence alter-enum-add-value",
            "pgfence add-constraint-unknown-type",
        ],
        "harmless on every supported version of PostgreSQL, or a guess",
    ),
    (
        &[
            "pgfence add-constraint-unique-using-index",
            "pgfence create-table-exclude-constraint",
            "pgfence detach-partition-concurrent",
            "pgfence refresh-matview-concurrent",
            "pgfence validate-constraint",
        ],
        "these are the way out, or concern a table that has no rows yet",
    ),
    (
        &[
            "pgfence trace-only",
            "pgfence trace-error",
            "pgsafe naming",
            "pgsafe require-*",
        ],
        "what only a running server knows, and names that each team chooses for itself",
    ),
];

#[test]
fn the_page_says_what_the_rules_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rules.md");
    let page = page();
    if std::env::var_os("PGSTRATA_OVERWRITE").is_some() {
        std::fs::write(&path, &page).expect("the page");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/rules.md is not what the rules say; see the head of this file"
    );
}

#[test]
fn every_rule_of_other_programs_has_its_place() {
    let listed = include_str!("elsewhere.txt").lines();
    let listed: BTreeSet<&str> = listed.filter(|line| !line.starts_with('#')).collect();
    let listed: BTreeSet<&str> = listed.into_iter().filter(|line| !line.is_empty()).collect();
    let taken: BTreeSet<&str> = all().flat_map(|rule| rule.elsewhere).copied().collect();
    let not_taken: BTreeSet<&str> = NOT_TAKEN
        .iter()
        .flat_map(|(names, _)| *names)
        .copied()
        .collect();
    let placed: BTreeSet<&str> = taken.union(&not_taken).copied().collect();
    assert_eq!(
        listed.difference(&placed).collect::<Vec<_>>(),
        [&""; 0],
        "without a place"
    );
    assert_eq!(
        placed.difference(&listed).collect::<Vec<_>>(),
        [&""; 0],
        "known to nobody"
    );
    assert_eq!(
        taken.intersection(&not_taken).collect::<Vec<_>>(),
        [&""; 0],
        "both"
    );
}

fn page() -> String {
    let mut page = String::from(
        "# Rules\n\n\
         Made from the rules by `tests/tests/rules_page/main.rs`; do not edit.\n\n\
         An **error** refuses the directory, in the macro too. A **warning** is reported by \
         `cargo pgstrata check`, by every other command and by build scripts; the macro leaves \
         warnings to them. A rule that is **off** is a matter of taste or of a team's own way of \
         working: turn it on in `pgstrata.toml`. Silence one rule for a statement or a file with \
         `-- pgstrata: allow <rule>: <reason>`.\n\n\
         In the examples, what stands above `-- then:` is an earlier migration, what stands \
         below `-- its down file:` is the way back, and `-- or:` begins another example.\n\n\
         | rule | level |\n| --- | --- |\n",
    );
    for rule in all() {
        let _ = writeln!(page, "| [{0}](#{0}) | {1} |", rule.id, level(rule));
    }
    for rule in all() {
        write_rule(&mut page, rule);
    }
    page.push_str(
        "\n## Names elsewhere\n\n| rule of another program | rule here |\n| --- | --- |\n",
    );
    let listed = include_str!("elsewhere.txt").lines();
    for name in listed.filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let same = all().filter(|rule| rule.elsewhere.contains(&name));
        let same: Vec<_> = same.map(|rule| format!("[{0}](#{0})", rule.id)).collect();
        if !same.is_empty() {
            let _ = writeln!(
                page,
                "| {} | {} |",
                name.replace('>', "\\>"),
                same.join(", ")
            );
        }
    }
    page.push_str("\nNot taken:\n\n| rules | why |\n| --- | --- |\n");
    for (names, why) in NOT_TAKEN {
        let _ = writeln!(page, "| {} | {why} |", names.join(", ").replace('*', "\\*"));
    }
    page
}

fn write_rule(page: &mut String, rule: &Rule) {
    let Rule {
        id,
        why,
        condition,
        examples,
        elsewhere,
        ..
    } = rule;
    let (bad, good) = (without_carets(examples.bad), examples.good.trim_end());
    let sentence = |text: &str| format!("{}{}.", text[..1].to_uppercase(), &text[1..]);
    let _ = write!(
        page,
        "\n## {id}\n\n*{}.* {}\n\nFound when {condition}.\n",
        level(rule),
        sentence(why),
    );
    if !elsewhere.is_empty() {
        let _ = write!(page, "\nElsewhere: {}.\n", elsewhere.join(", "));
    }
    let _ = write!(
        page,
        "\nFound:\n\n```sql\n{bad}\n```\n\nPasses:\n\n```sql\n{good}\n```\n"
    );
}

/// The lines of carets say to the tests what is found.
fn without_carets(text: &str) -> String {
    let is_code = |line: &&str| {
        let comment = line.strip_prefix("--").map(str::trim_start);
        !comment.is_some_and(|comment| comment.starts_with('^'))
    };
    text.lines().filter(is_code).collect::<Vec<_>>().join("\n")
}

fn level(rule: &Rule) -> &'static str {
    match rule.level {
        Level::Deny => "error",
        Level::Warn => "warning",
        Level::Off => "off",
    }
}
