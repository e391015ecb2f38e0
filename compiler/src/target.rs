//! What a statement that refuses transactions acts on, so that after a crash the catalog can
//! tell how far it came.

use crate::command::{Class, Command, Verb};
use crate::cursor::Cursor;
use crate::lexer::{TokenKind, dollar_body, string_body};
use crate::literal::quoted;
use crate::statement::Statement;
use crate::statement_kind::{StatementKind, transaction_control_in_body};

/// The object of a statement that runs on its own.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Target {
    /// What happens to it.
    pub kind: TargetKind,
    /// Its name, quoted, with a schema where one is written; empty where it has none.
    pub name: String,
    /// The table of a new index, the parent of a partition.
    pub table: String,
}

/// What happens to a target.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TargetKind {
    /// `CREATE INDEX CONCURRENTLY`.
    CreateIndex,
    /// `DROP INDEX CONCURRENTLY`.
    DropIndex,
    /// `REINDEX INDEX CONCURRENTLY`.
    ReindexIndex,
    /// `REINDEX TABLE CONCURRENTLY`.
    ReindexTable,
    /// `REINDEX SCHEMA CONCURRENTLY`.
    ReindexSchema,
    /// `REINDEX DATABASE CONCURRENTLY` or `SYSTEM`.
    ReindexDatabase,
    /// `DETACH PARTITION … CONCURRENTLY`.
    DetachPartition,
    /// Can be run again whatever became of it: `VACUUM` and its like.
    Repeatable,
    /// Nothing that the catalog shows: a `DO` block that commits.
    Opaque,
}

impl Target {
    /// The target of a statement that refuses to run inside a transaction; `None` for all
    /// others, which commit or vanish together with their record.
    pub fn of(statement: Statement<'_>) -> Option<Self> {
        let named = |kind, name, table| Self { kind, name, table };
        let opaque = || named(TargetKind::Opaque, String::new(), String::new());
        match statement.kind() {
            StatementKind::NotInTransaction(_) => {
                let read = concurrent(Command::of(statement));
                Some(read.map_or_else(opaque, |(kind, name, table)| named(kind, name, table)))
            }
            StatementKind::Do(token) => {
                let body = match token.kind {
                    TokenKind::DollarString => dollar_body(statement.text, token),
                    _ => string_body(statement.text, token),
                };
                let commits = transaction_control_in_body(statement.text, body);
                (!commits.is_empty()).then(opaque)
            }
            StatementKind::TransactionControl(_) | StatementKind::Other => None,
        }
    }
}

fn concurrent(command: Command<'_>) -> Option<(TargetKind, String, String)> {
    let mut cursor = command.name;
    let waits = command.concurrently.is_some();
    let without_table = |kind, name| Some((kind, name, String::new()));
    match (command.verb, command.class) {
        (Verb::Create, Class::Index) if waits => {
            let name = name(&mut cursor)?;
            cursor.eat(&["on"]).then_some(())?;
            cursor.eat(&["only"]);
            Some((TargetKind::CreateIndex, name, self::name(&mut cursor)?))
        }
        (Verb::Drop, Class::Index) if waits => {
            without_table(TargetKind::DropIndex, name(&mut cursor)?)
        }
        (Verb::Alter, Class::Table) => {
            let parent = name(&mut cursor)?;
            cursor.eat_text("*");
            cursor.eat(&["detach", "partition"]).then_some(())?;
            Some((TargetKind::DetachPartition, name(&mut cursor)?, parent))
        }
        (Verb::Reindex, class) => {
            let kind = match class {
                Class::Index => TargetKind::ReindexIndex,
                Class::Table => TargetKind::ReindexTable,
                Class::Schema => TargetKind::ReindexSchema,
                Class::Database | Class::System => TargetKind::ReindexDatabase,
                _ => return None,
            };
            // Without CONCURRENTLY it leaves nothing behind.
            let kind = if waits { kind } else { TargetKind::Repeatable };
            without_table(kind, name(&mut cursor).unwrap_or_default())
        }
        (Verb::Vacuum | Verb::Cluster | Verb::Discard, _) | (Verb::Alter, Class::System) => {
            without_table(TargetKind::Repeatable, String::new())
        }
        _ => None,
    }
}

/// A name with every part quoted, for `to_regclass`, which then asks `search_path` as the
/// statement does.
fn name(cursor: &mut Cursor<'_>) -> Option<String> {
    let mut name = quoted(&cursor.identifier()?);
    while cursor.eat_text(".") {
        name = format!("{name}.{}", quoted(&cursor.identifier()?));
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::split;

    fn target(text: &str) -> String {
        let split = split("x.sql", text);
        let statement = Statement::new(text, &split.tokens[split.statements[0].clone()]);
        let shown = |Target { kind, name, table }| format!("{kind:?} {name} {table}");
        Target::of(statement).map_or("none".to_owned(), |found| {
            shown(found).trim_end().to_owned()
        })
    }

    #[test]
    fn what_refuses_a_transaction_has_a_target() {
        for (text, expected) in [
            (
                "CREATE INDEX CONCURRENTLY i ON t (a)",
                r#"CreateIndex "i" "t""#,
            ),
            (
                "create unique index concurrently if not exists \"I\" on only S.\"T\"\"x\" (a)",
                r#"CreateIndex "I" "s"."T""x""#,
            ),
            (
                "CREATE INDEX CONCURRENTLY Ä ON t (a)",
                r#"CreateIndex "Ä" "t""#,
            ),
            (
                "CREATE INDEX CONCURRENTLY U&\"\\0069\" ON t (a)",
                r#"CreateIndex "i" "t""#,
            ),
            (
                "CREATE INDEX CONCURRENTLY U&\"!0069\" UESCAPE '!' ON t (a)",
                r#"CreateIndex "i" "t""#,
            ),
            (
                "DROP INDEX CONCURRENTLY IF EXISTS s.i",
                r#"DropIndex "s"."i""#,
            ),
            ("REINDEX INDEX CONCURRENTLY i", r#"ReindexIndex "i""#),
            (
                "REINDEX (VERBOSE, CONCURRENTLY) TABLE s.t",
                r#"ReindexTable "s"."t""#,
            ),
            ("REINDEX SCHEMA CONCURRENTLY s", r#"ReindexSchema "s""#),
            ("REINDEX DATABASE CONCURRENTLY", "ReindexDatabase"),
            ("REINDEX SCHEMA s", r#"Repeatable "s""#),
            ("REINDEX TABLE t", "none"),
            (
                "ALTER TABLE IF EXISTS ONLY s.p DETACH PARTITION s.q CONCURRENTLY",
                r#"DetachPartition "s"."q" "s"."p""#,
            ),
            ("ALTER TABLE p DETACH PARTITION q FINALIZE", "none"),
            ("VACUUM (FULL) t", "Repeatable"),
            ("CLUSTER", "Repeatable"),
            ("CREATE DATABASE d", "Opaque"),
            ("ALTER TYPE e ADD VALUE 'x'", "none"),
            ("ALTER TABLE t VALIDATE CONSTRAINT c", "none"),
            ("DO $$ BEGIN UPDATE t SET a = 1; COMMIT; END $$", "Opaque"),
            ("DO $$ BEGIN UPDATE t SET a = 1; END $$", "none"),
            ("UPDATE t SET a = 1", "none"),
        ] {
            assert_eq!(target(text), expected, "{text}");
        }
    }
}
