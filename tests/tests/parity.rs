//! The macro and the tools make the same list of the same directory.

use std::path::Path;

use pgstrata::{Migration, Script};
use pgstrata_compiler::Depth;

mod schema {
    pgstrata::embed_migrations!("../migrations");
}

#[test]
fn the_tools_run_what_the_macro_embeds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let compiled = pgstrata_compiler::compile(&root, "../migrations", Depth::Certain);
    pgstrata_tools::with_migrations(&compiled, |tools| {
        let embedded = &schema::MIGRATIONS;
        assert_eq!(embedded.directory, tools.directory);
        assert_eq!(embedded.list.len(), tools.list.len());
        for (embedded, tools) in embedded.list.iter().zip(tools.list) {
            check(embedded, tools);
        }
        assert_eq!(embedded.repeatables.len(), tools.repeatables.len());
        for (embedded, tools) in embedded.repeatables.iter().zip(tools.repeatables) {
            assert_eq!(embedded.name, tools.name);
            check_script(embedded.name, &embedded.script, &tools.script);
        }
    });
}

fn check(embedded: &Migration<'_>, tools: &Migration<'_>) {
    // Every field is named, so that a new one cannot be forgotten here.
    let Migration { version, label, up, down, irreversible, verify, phase, requires } = embedded;
    assert_eq!((*version, *label), (tools.version, tools.label));
    assert_eq!(*irreversible, tools.irreversible, "{label}");
    assert_eq!(*phase, tools.phase, "{label}");
    assert_eq!(*requires, tools.requires, "{label}");
    assert_eq!(verify.is_some(), tools.verify.is_some(), "{label}");
    let verify = verify.zip(tools.verify);
    for (embedded, tools) in [(up, &tools.up), (down, &tools.down)].into_iter().chain(verify) {
        check_script(label, embedded, tools);
    }
}

fn check_script(label: &str, embedded: &Script<'_>, tools: &Script<'_>) {
    let Script { sql, statements, checksum, mode, lock_timeout, statement_timeout, special } =
        embedded;
    assert_eq!(*sql, tools.sql, "{label}");
    assert_eq!(*statements, tools.statements, "{label}");
    assert_eq!(*checksum, tools.checksum, "{label}");
    assert_eq!(*mode, tools.mode, "{label}");
    assert_eq!(*lock_timeout, tools.lock_timeout, "{label}");
    assert_eq!(*statement_timeout, tools.statement_timeout, "{label}");
    assert_eq!(*special, tools.special, "{label}");
}

#[test]
fn versions_are_the_numbers_of_their_files() {
    assert_eq!(u64::from(schema::Version::CreateWorkflowExecutions), 1);
    assert_eq!(u64::from(schema::Version::AddSchedulingIndexes), 28);
    assert_eq!(schema::MIGRATIONS.list[0].name(), "create_workflow_executions");
}
