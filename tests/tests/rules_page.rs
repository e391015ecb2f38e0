//! `docs/rules.md` is made from the rules themselves.
//!
//! After a change of a rule, write it anew with `PGSTRATA_OVERWRITE=1 cargo test --test
//! rules_page`.

use std::fmt::Write as _;
use std::path::Path;

use pgstrata_compiler::diagnostic::Severity;
use pgstrata_compiler::rules::{RULES, Rule};

#[test]
fn the_page_says_what_the_rules_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rules.md");
    let page = page();
    if std::env::var_os("PGSTRATA_OVERWRITE").is_some() {
        std::fs::write(&path, &page).expect("the page");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/rules.md is not what the rules say; see the head of this file");
}

fn page() -> String {
    let mut page = String::from(
        "# Rules\n\n\
         Made from the rules by `tests/tests/rules_page.rs`; do not edit.\n\n\
         An **error** refuses the directory, in the macro too. A **warning** is reported by \
         `cargo pgstrata check`, by every other command and by build scripts; the macro leaves \
         warnings to them. Silence one rule for a statement or a file with \
         `-- pgstrata: allow <rule>: <reason>`.\n\n\
         In the examples, what stands above `-- then:` is an earlier migration, and what stands \
         below `-- its down file:` is the way back.\n\n\
         | rule | level |\n| --- | --- |\n",
    );
    for rule in RULES {
        let _ = writeln!(page, "| [{0}](#{0}) | {1} |", rule.id, level(rule));
    }
    for rule in RULES {
        let Rule { id, why, examples, .. } = rule;
        let (bad, good) = (examples.bad.trim_end(), examples.good.trim_end());
        let _ = write!(
            page,
            "\n## {id}\n\n*{}.* {}{}.\n\nFound:\n\n```sql\n{bad}\n```\n\nPasses:\n\n```sql\n{good}\n```\n",
            level(rule),
            why[..1].to_uppercase(),
            &why[1..],
        );
    }
    page
}

fn level(rule: &Rule) -> &'static str {
    match rule.level {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
