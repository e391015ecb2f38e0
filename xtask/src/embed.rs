//! The one bridge from the compiler's owned model to the runtime's borrowed one; a test
//! proves that it makes the same list as the macro.

use pgstrata::{Checksum, Migration, Migrations, Mode, Script, Statement};
use pgstrata_compiler::checksum::ALGORITHM;
use pgstrata_compiler::{Compiled, script};

/// Lends the compiled directory to `task` as the list that a program would embed.
pub fn with_migrations<T>(compiled: &Compiled, task: impl FnOnce(&Migrations<'_>) -> T) -> T {
    let statements: Vec<[Vec<Statement>; 2]> = compiled
        .migrations
        .iter()
        .map(|migration| [statements(&migration.up), statements(&migration.down)])
        .collect();
    let list: Vec<Migration<'_>> = compiled
        .migrations
        .iter()
        .zip(&statements)
        .map(|(migration, [up, down])| Migration {
            version: migration.version,
            label: &migration.label,
            up: borrowed(&migration.up, up),
            down: borrowed(&migration.down, down),
            irreversible: migration.down.irreversible.as_deref(),
            verify: None,
            phase: None,
            requires: &[],
        })
        .collect();
    task(&Migrations { directory: &compiled.sources.directory, list: &list, repeatables: &[] })
}

fn borrowed<'a>(script: &'a script::Script, statements: &'a [Statement]) -> Script<'a> {
    Script {
        sql: &script.text,
        statements,
        checksum: Checksum { algorithm: ALGORITHM, sha256: script.checksum },
        mode: if script.transaction { Mode::Transaction } else { Mode::NoTransaction },
        lock_timeout: script.lock_timeout,
        statement_timeout: script.statement_timeout,
        special: &[],
    }
}

fn statements(script: &script::Script) -> Vec<Statement> {
    // The compiler refuses files that are too large for 32 bits.
    let offset = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    let statement = |(span, line, concurrent): (pgstrata_compiler::span::Span, u32, bool)| {
        Statement { start: offset(span.start), end: offset(span.end), line, concurrent }
    };
    script.boundaries().map(statement).collect()
}
