//! The one bridge from the compiler's owned model to the runtime's borrowed one; a test
//! proves that it makes the same list as the macro.

use pgstrata::Migrations;
use pgstrata::embedded::{
    Batch, Checksum, Code, Contract, Function, Mode, Packed, Phase, Requirement, Script, Statement,
    StatementOption, StatementOptionKind, Taken, Target, TargetKind,
};
use pgstrata_compiler::checksum::ALGORITHM;
use pgstrata_compiler::cursor::Name;
use pgstrata_compiler::migration::Migration;
use pgstrata_compiler::{Compiled, directive, script, settings, statement_option, taken, target};

/// Lends the compiled directory to `task` as the list that a program would embed.
///
/// Whoever reads files has no functions: the runtime refuses a migration with Rust code by name.
pub fn with_migrations<T>(compiled: &Compiled, task: impl FnOnce(&Migrations<'_>) -> T) -> T {
    lend(compiled, None, task)
}

/// The same, but Rust code does nothing: for throw-away servers, where the SQL is what matters.
pub(crate) fn with_sql_only<T>(compiled: &Compiled, task: impl FnOnce(&Migrations<'_>) -> T) -> T {
    lend(compiled, Some(|_| Ok(())), task)
}

fn lend<T>(
    compiled: &Compiled,
    function: Option<Function>,
    task: impl FnOnce(&Migrations<'_>) -> T,
) -> T {
    let scripts: Vec<_> = compiled
        .migrations
        .iter()
        .map(
            |Migration {
                 up, down, verify, ..
             }| {
                let verify = verify.as_ref().map(|verify| (verify, Parts::of(verify)));
                (Parts::of(up), Parts::of(down), verify, requirements(up))
            },
        )
        .collect();
    let verifies: Vec<_> = scripts
        .iter()
        .map(|(_, _, verify, _)| {
            verify
                .as_ref()
                .map(|(verify, parts)| borrowed(verify, parts, function))
        })
        .collect();
    let list: Vec<pgstrata::embedded::Migration<'_>> = compiled
        .migrations
        .iter()
        .zip(scripts.iter().zip(&verifies))
        .map(
            |(migration, ((up, down, _, requires), verify))| pgstrata::embedded::Migration {
                version: migration.version,
                label: &migration.label,
                up: borrowed(&migration.up, up, function),
                down: borrowed(&migration.down, down, function),
                irreversible: migration.down.irreversible.as_deref(),
                verify: verify.as_ref(),
                phase: migration.up.phase.map(phase),
                requires,
            },
        )
        .collect();
    let parts: Vec<Parts<'_>> = compiled
        .repeatables
        .iter()
        .map(|it| Parts::of(&it.script))
        .collect();
    let repeatables: Vec<pgstrata::embedded::Repeatable<'_>> = compiled
        .repeatables
        .iter()
        .zip(&parts)
        .map(|(it, parts)| pgstrata::embedded::Repeatable {
            name: &it.name,
            script: borrowed(&it.script, parts, function),
        })
        .collect();
    let mut migrations = Migrations::new(&compiled.sources.directory, &list, &repeatables);
    migrations.contract = match compiled.settings.contract {
        settings::Contract::WithExpand => Contract::WithExpand,
        settings::Contract::NextRelease => Contract::NextRelease {
            after: compiled.settings.contract_after.unwrap_or_default(),
        },
    };
    let owners = compiled.settings.history_owners.iter();
    let owners: Vec<&str> = owners.map(|role| &**role).collect();
    migrations.history_owners = &owners;
    migrations.trusts_stored_down = compiled.settings.trusts_stored_down;
    let all = taken::taken(&compiled.migrations);
    let freed: Vec<Vec<[&str; 2]>> = all
        .iter()
        .map(|it| it.freed.iter().map(named).collect())
        .collect();
    let taken: Vec<Taken<'_>> = all
        .iter()
        .zip(&freed)
        .map(|(it, freed)| taken(it, freed))
        .collect();
    migrations.taken = &taken;
    task(&migrations)
}

fn named(name: &Name) -> [&str; 2] {
    [&name.schema, &name.name]
}

fn taken<'a>(it: &'a taken::Taken, freed: &'a [[&'a str; 2]]) -> Taken<'a> {
    Taken {
        version: it.version,
        statement: u32::try_from(it.statement).unwrap_or(u32::MAX),
        object: named(&it.object),
        column: &it.column,
        since: it.since,
        freed,
        views_only: it.views_only,
        functions_since: it.functions_since,
    }
}

/// What the runtime has as slices of its own types.
struct Parts<'a> {
    statements: Vec<Packed>,
    special: Vec<StatementOption<'a>>,
}

impl<'a> Parts<'a> {
    fn of(script: &'a script::Script) -> Self {
        let special = script.special.iter().map(special).collect();
        Self {
            statements: statements(script),
            special,
        }
    }
}

fn borrowed<'a>(
    script: &'a script::Script,
    parts: &'a Parts<'a>,
    function: Option<Function>,
) -> Script<'a> {
    Script {
        sql: &script.text,
        packed: &parts.statements,
        checksum: Checksum {
            algorithm: ALGORITHM,
            sha256: &script.checksum,
        },
        mode: if script.transaction {
            Mode::Transaction
        } else {
            Mode::NoTransaction
        },
        lock_timeout: script.lock_timeout,
        statement_timeout: script.statement_timeout,
        special: &parts.special,
        code: script.code.as_deref().map(|path| Code { path, function }),
    }
}

fn requirements(up: &script::Script) -> Vec<Requirement<'_>> {
    let versions = up
        .requires
        .iter()
        .map(|(version, _)| Requirement::Version(*version));
    let extensions = up
        .extensions
        .iter()
        .map(|name| Requirement::Extension(name));
    let tables = up
        .tables
        .iter()
        .map(|table| Requirement::Table(&table.written));
    versions.chain(extensions).chain(tables).collect()
}

fn phase(phase: directive::Phase) -> Phase {
    match phase {
        directive::Phase::Expand => Phase::Expand,
        directive::Phase::Migrate => Phase::Migrate,
        directive::Phase::Contract => Phase::Contract,
    }
}

fn special(special: &statement_option::StatementOption) -> StatementOption<'_> {
    let what = match &special.what {
        statement_option::StatementOptionKind::Optional { extension } => {
            StatementOptionKind::Optional { extension }
        }
        statement_option::StatementOptionKind::Batch(statement_option::Batch {
            pace,
            total,
            key,
        }) => StatementOptionKind::Batch(Batch {
            pause: pace.pause.unwrap_or_default(),
            max_batches: pace.max_batches,
            total: total.as_deref(),
            key: key.as_deref(),
        }),
        statement_option::StatementOptionKind::Alone(alone) => {
            StatementOptionKind::Alone(target(alone))
        }
    };
    // The compiler refuses files that are too large for 32 bits.
    StatementOption {
        statement: u32::try_from(special.statement).unwrap_or(u32::MAX),
        what,
    }
}

fn statements(script: &script::Script) -> Vec<Packed> {
    // The compiler refuses files that are too large for 32 bits.
    let offset = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    let statement = |(span, line, concurrent): (pgstrata_compiler::span::Span, u32, bool)| {
        Statement {
            start: offset(span.start),
            end: offset(span.end),
            line,
            concurrent,
        }
        .packed()
    };
    script.boundaries().map(statement).collect()
}

/// What a statement acts on that refuses transactions.
pub fn target(target: &target::Target) -> Target<'_> {
    Target {
        kind: match target.kind {
            target::TargetKind::CreateIndex => TargetKind::CreateIndex,
            target::TargetKind::DropIndex => TargetKind::DropIndex,
            target::TargetKind::ReindexIndex => TargetKind::ReindexIndex,
            target::TargetKind::ReindexTable => TargetKind::ReindexTable,
            target::TargetKind::ReindexSchema => TargetKind::ReindexSchema,
            target::TargetKind::ReindexDatabase => TargetKind::ReindexDatabase,
            target::TargetKind::DetachPartition => TargetKind::DetachPartition,
            target::TargetKind::Repeatable => TargetKind::Repeatable,
            target::TargetKind::Opaque => TargetKind::Opaque,
        },
        name: &target.name,
        table: &target.table,
    }
}
