//! The macro and the tools make the same list of the same directory.

use std::path::Path;
use std::time::Duration;

use pgstrata::Migrations;
use pgstrata::embedded::{
    Batch, Migration, Phase, Requirement, Script, StatementOption, StatementOptionKind, Target,
    TargetKind,
};
use pgstrata_compiler::Depth;

mod schema {
    pgstrata::embed_migrations!("../migrations");
}

/// One of everything that a directory can hold.
mod everything {
    pgstrata::embed_migrations!("fixtures/everything");
}

/// The Rust code of one of its migrations.
mod hashing {
    use std::error::Error;

    use postgres::Transaction;

    pub(crate) fn hash_addresses(
        it: &mut Transaction<'_>,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        Ok(it.batch_execute("UPDATE account SET hash = sha256(email::bytea)")?)
    }

    pub(crate) fn forget(it: &mut Transaction<'_>) -> Result<(), Box<dyn Error + Send + Sync>> {
        Ok(it.batch_execute("ALTER TABLE account DROP COLUMN hash")?)
    }
}

#[test]
fn the_tools_run_what_the_macro_embeds() {
    check_directory(&schema::MIGRATIONS);
    check_directory(&everything::MIGRATIONS);
}

fn check_directory(embedded: &Migrations<'_>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(embedded.directory);
    let compiled = pgstrata_compiler::compile(&root, embedded.directory, Depth::Certain);
    assert_eq!(compiled.diagnostics, []);
    pgstrata_tools::with_migrations(&compiled, |tools| {
        assert_eq!(embedded.directory, tools.directory);
        assert_eq!(embedded.iter().count(), tools.iter().count());
        assert_eq!(embedded.newest(), tools.newest());
        assert_eq!(embedded.contract, tools.contract);
        assert_eq!(embedded.history_owners, tools.history_owners);
        assert_eq!(embedded.trusts_stored_down, tools.trusts_stored_down);
        assert_eq!(embedded.taken, tools.taken);
        for (embedded, tools) in embedded.iter().zip(tools.iter()) {
            check(&embedded, &tools);
        }
        for tools in tools.iter() {
            check(&embedded.find(tools.version).expect("the same"), &tools);
        }
        assert!(embedded.find(9999).is_none() && tools.find(9999).is_none());
        assert_eq!(embedded.repeatables.len(), tools.repeatables.len());
        for (embedded, tools) in embedded.repeatables.iter().zip(tools.repeatables) {
            assert_eq!(embedded.name, tools.name);
            check_script(embedded.name, &embedded.script, &tools.script);
        }
    });
}

fn check(embedded: &Migration<'_>, tools: &Migration<'_>) {
    // Every field is named, so that a new one cannot be forgotten here.
    let Migration {
        version,
        label,
        up,
        down,
        irreversible,
        verify,
        phase,
        requires,
    } = embedded;
    assert_eq!((*version, *label), (tools.version, tools.label));
    assert_eq!(*irreversible, tools.irreversible, "{label}");
    assert_eq!(*phase, tools.phase, "{label}");
    assert_eq!(*requires, tools.requires, "{label}");
    assert_eq!(verify.is_some(), tools.verify.is_some(), "{label}");
    let verify = verify.zip(tools.verify);
    for (embedded, tools) in [(up, &tools.up), (down, &tools.down)]
        .into_iter()
        .chain(verify)
    {
        check_script(label, embedded, tools);
    }
}

fn check_script(label: &str, embedded: &Script<'_>, tools: &Script<'_>) {
    let Script {
        sql,
        packed,
        checksum,
        mode,
        lock_timeout,
        statement_timeout,
        special,
        code,
    } = embedded;
    assert_eq!(*sql, tools.sql, "{label}");
    assert_eq!(*packed, tools.packed, "{label}");
    assert_eq!(*checksum, tools.checksum, "{label}");
    assert_eq!(*mode, tools.mode, "{label}");
    assert_eq!(*lock_timeout, tools.lock_timeout, "{label}");
    assert_eq!(*statement_timeout, tools.statement_timeout, "{label}");
    assert_eq!(*special, tools.special, "{label}");
    assert_eq!(
        code.map(|code| code.path),
        tools.code.map(|code| code.path),
        "{label}"
    );
}

#[test]
fn what_directives_say_is_in_the_list() {
    let all: Vec<_> = everything::MIGRATIONS.iter().collect();
    let [create, fill, require, hash] = all.as_slice() else {
        panic!("four migrations")
    };
    let code = [hash.up.code, hash.down.code, require.up.code];
    let paths = code.map(|code| code.map(|code| (code.path, code.function.is_some())));
    let forget = Some(("crate::hashing::forget", true));
    assert_eq!(
        paths,
        [Some(("crate::hashing::hash_addresses", true)), forget, None]
    );
    assert_eq!(
        create.requires,
        [
            Requirement::Extension("plpgsql"),
            Requirement::Extension("uuid-ossp"),
            Requirement::Table("billing.customer"),
            Requirement::Table("\"Odd\".team"),
            Requirement::Table("invoice"),
        ]
    );
    assert_eq!(
        require.requires,
        [Requirement::Version(1), Requirement::Version(2)]
    );
    assert_eq!(
        [create.phase, fill.phase, require.phase],
        [
            Some(Phase::Expand),
            Some(Phase::Migrate),
            Some(Phase::Contract)
        ]
    );
    let optional = StatementOptionKind::Optional {
        extension: "pg-odd",
    };
    assert_eq!(
        create.up.special,
        [StatementOption {
            statement: 1,
            what: optional
        }]
    );
    let paced = StatementOptionKind::Batch(Batch {
        pause: Duration::from_millis(100),
        max_batches: Some(5000),
        total: Some("SELECT count(*) FROM account WHERE active IS NULL"),
        key: None,
    });
    let walk = StatementOptionKind::Batch(Batch {
        pause: Duration::ZERO,
        max_batches: None,
        total: None,
        key: Some("id"),
    });
    // No directive says so: the statement does.
    let alone = StatementOptionKind::Alone(Target {
        kind: TargetKind::CreateIndex,
        name: "\"account_active\"",
        table: "\"account\"",
    });
    let whats = [paced, walk, alone].into_iter();
    let special: Vec<_> = whats
        .zip(0..)
        .map(|(what, statement)| StatementOption { statement, what })
        .collect();
    assert_eq!(fill.up.special, special);
}

#[test]
fn the_program_and_its_directory_are_one() {
    let checksums = everything::MIGRATIONS.checksums();
    assert_eq!(
        checksums
            .filter(|(file, _)| file.starts_with("repeatable/"))
            .count(),
        2
    );
    pgstrata_compiler::assert_sound("fixtures/everything", everything::MIGRATIONS.checksums());
}

#[test]
fn repeatables_stand_behind_what_they_require() {
    let names: Vec<&str> = everything::MIGRATIONS
        .repeatables
        .iter()
        .map(|it| it.name)
        .collect();
    assert_eq!(names, ["recent_account", "account_of_team"]);
    let verified: Vec<bool> = everything::MIGRATIONS
        .iter()
        .map(|it| it.verify.is_some())
        .collect();
    assert_eq!(verified, [true, false, false, false]);
}

#[test]
fn versions_are_the_numbers_of_their_files() {
    assert_eq!(u64::from(schema::Version::CreateWorkflowExecutions), 1);
    assert_eq!(u64::from(schema::Version::AddSchedulingIndexes), 28);
    assert_eq!(
        schema::MIGRATIONS.iter().next().map(|it| it.label),
        Some("0001_create_workflow_executions")
    );
}
