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
    });
}

fn check(embedded: &Migration<'_>, tools: &Migration<'_>) {
    // Every field is named, so that a new one cannot be forgotten here.
    let Migration { version, label, up, down, irreversible } = embedded;
    assert_eq!((*version, *label), (tools.version, tools.label));
    assert_eq!(*irreversible, tools.irreversible, "{label}");
    for (embedded, tools) in [(up, &tools.up), (down, &tools.down)] {
        let Script { sql, statements, checksum, mode, lock_timeout, statement_timeout } = embedded;
        assert_eq!(*sql, tools.sql, "{label}");
        assert_eq!(*statements, tools.statements, "{label}");
        assert_eq!(*checksum, tools.checksum, "{label}");
        assert_eq!(*mode, tools.mode, "{label}");
        assert_eq!(*lock_timeout, tools.lock_timeout, "{label}");
        assert_eq!(*statement_timeout, tools.statement_timeout, "{label}");
    }
}

#[test]
fn versions_are_the_numbers_of_their_files() {
    assert_eq!(u64::from(schema::Version::CreateWorkflowExecutions), 1);
    assert_eq!(u64::from(schema::Version::AddSchedulingIndexes), 28);
    assert_eq!(schema::MIGRATIONS.list[0].name(), "create_workflow_executions");
}
