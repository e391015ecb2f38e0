//! Which tables a statement locks, and how strongly (PostgreSQL manual: Explicit Locking,
//! and the page of each command).

use crate::action::{Action, Change, ChangeKind, ConstraintKind, DataKind, Kind};
use crate::catalog::{Catalog, Key};
use crate::cursor::Name;
use crate::statement::Statement;

/// Modes of table locks that migrations take, the weakest first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Lock {
    /// Rows are written.
    RowExclusive,
    /// Other changes of the schema wait.
    ShareUpdateExclusive,
    /// Writers wait.
    Share,
    /// Writers wait, and so does whoever asks for the same.
    ShareRowExclusive,
    /// Everybody but plain readers waits.
    Exclusive,
    /// Everybody waits.
    AccessExclusive,
}

/// The locks of one statement, with the catalog before it.
pub fn locks(action: &Action, statement: Statement<'_>, catalog: &Catalog) -> Vec<(Name, Lock)> {
    let whole = |name: &Name| (name.clone(), Lock::AccessExclusive);
    match action {
        Action::CreateTable(create) => create.parent.iter().map(whole).collect(),
        Action::AlterTable { table, changes, .. } => {
            let strongest = changes.iter().map(|change| of_change(change, statement)).max();
            strongest.map(|lock| (table.clone(), lock)).into_iter().collect()
        }
        Action::CreateIndex(index) => {
            let lock = if index.concurrently { Lock::ShareUpdateExclusive } else { Lock::Share };
            vec![(index.table.clone(), lock)]
        }
        Action::Create(create) => {
            let lock = match create.kind {
                Kind::Trigger => Lock::ShareRowExclusive,
                _ => Lock::AccessExclusive,
            };
            create.on.iter().map(|table| (table.clone(), lock)).collect()
        }
        Action::Drop(drop) => match (drop.kind, &drop.on) {
            (_, Some(table)) => vec![whole(table)],
            (Kind::Table, None) => drop.names.iter().map(whole).collect(),
            (Kind::Index, None) => {
                let concurrently = statement.is(2, "concurrently");
                let lock =
                    if concurrently { Lock::ShareUpdateExclusive } else { Lock::AccessExclusive };
                let index = |name| catalog.object(&Key::whole(Kind::Index, name));
                let tables = drop.names.iter().filter_map(|name| index(name)?.on.clone());
                tables.map(|table| (table, lock)).collect()
            }
            _ => Vec::new(),
        },
        Action::Rename { kind: Kind::Table, from, .. } => vec![whole(from)],
        Action::Data(data) => {
            let lock = match data.kind {
                DataKind::Truncate { .. } => Lock::AccessExclusive,
                _ => Lock::RowExclusive,
            };
            data.tables.iter().map(|table| (table.clone(), lock)).collect()
        }
        Action::Refresh { concurrently: true, view } => vec![(view.clone(), Lock::Exclusive)],
        Action::Refresh { concurrently: false, view } => vec![whole(view)],
        Action::Rewrite { table, .. } => table.iter().map(whole).collect(),
        _ => Vec::new(),
    }
}

fn of_change(change: &Change, statement: Statement<'_>) -> Lock {
    match &change.what {
        ChangeKind::ValidateConstraint(_) => Lock::ShareUpdateExclusive,
        ChangeKind::AddConstraint(new) if new.kind == ConstraintKind::ForeignKey => {
            Lock::ShareRowExclusive
        }
        ChangeKind::Other => of_words(statement.within(change.span)),
        _ => Lock::AccessExclusive,
    }
}

/// What the action does not tell apart.
fn of_words(words: Statement<'_>) -> Lock {
    let sets_statistics = words.is(0, "alter") && words.finds_word("statistics");
    let weak = [&["attach", "partition"][..], &["cluster", "on"], &["set", "without", "cluster"]];
    match () {
        () if weak.iter().any(|weak| words.are(0, weak)) || sets_statistics => {
            Lock::ShareUpdateExclusive
        }
        // Parameters of storage.
        () if (words.is(0, "set") || words.is(0, "reset")) && words.word(1) == "(" => {
            Lock::ShareUpdateExclusive
        }
        () if words.is(0, "detach") && words.finds_word("concurrently") => {
            Lock::ShareUpdateExclusive
        }
        () if words.is(1, "trigger") && (words.is(0, "enable") || words.is(0, "disable")) => {
            Lock::ShareRowExclusive
        }
        () => Lock::AccessExclusive,
    }
}

#[cfg(test)]
mod tests {
    use super::locks;
    use crate::catalog::Catalog;
    use crate::grammar::read;
    use crate::split::split;
    use crate::statement::Statement;

    /// The locks of the last statement; those before it are applied.
    fn strongest(text: &str) -> String {
        let split = split("x.sql", text);
        let mut catalog = Catalog::default();
        let mut found = Vec::new();
        for range in &split.statements {
            let statement = Statement { text, tokens: &split.tokens[range.clone()] };
            let action = read(statement);
            found = locks(&action, statement, &catalog);
            catalog.apply(&action, statement, 1);
        }
        let shown = found.iter().map(|(table, lock)| format!("{} {lock:?}", table.shown()));
        shown.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn as_the_manual_has_them() {
        for (text, expected) in [
            ("CREATE TABLE t (a int)", ""),
            ("CREATE TABLE t PARTITION OF u DEFAULT", "u AccessExclusive"),
            ("ALTER TABLE t ADD COLUMN a int", "t AccessExclusive"),
            ("ALTER TABLE t VALIDATE CONSTRAINT c", "t ShareUpdateExclusive"),
            ("ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u", "t ShareRowExclusive"),
            ("ALTER TABLE t ADD CHECK (a > 0)", "t AccessExclusive"),
            ("ALTER TABLE t VALIDATE CONSTRAINT c, DROP COLUMN a", "t AccessExclusive"),
            ("ALTER TABLE t ALTER a SET STATISTICS 500", "t ShareUpdateExclusive"),
            ("ALTER TABLE t SET (fillfactor = 70)", "t ShareUpdateExclusive"),
            ("ALTER TABLE t RESET (fillfactor)", "t ShareUpdateExclusive"),
            ("ALTER TABLE t SET LOGGED", "t AccessExclusive"),
            ("ALTER TABLE t CLUSTER ON i", "t ShareUpdateExclusive"),
            ("ALTER TABLE t SET WITHOUT CLUSTER", "t ShareUpdateExclusive"),
            ("ALTER TABLE t ATTACH PARTITION p DEFAULT", "t ShareUpdateExclusive"),
            ("ALTER TABLE t DETACH PARTITION p", "t AccessExclusive"),
            ("ALTER TABLE t DETACH PARTITION p CONCURRENTLY", "t ShareUpdateExclusive"),
            ("ALTER TABLE t ENABLE TRIGGER x", "t ShareRowExclusive"),
            ("ALTER TABLE t DISABLE TRIGGER x", "t ShareRowExclusive"),
            ("ALTER TABLE t ENABLE ROW LEVEL SECURITY", "t AccessExclusive"),
            ("ALTER TABLE t RENAME TO u", "t AccessExclusive"),
            ("ALTER INDEX i RENAME TO j", ""),
            ("CREATE INDEX i ON t (a)", "t Share"),
            ("CREATE INDEX CONCURRENTLY i ON t (a)", "t ShareUpdateExclusive"),
            ("CREATE INDEX i ON t (a); DROP INDEX i", "t AccessExclusive"),
            ("CREATE INDEX i ON t (a); DROP INDEX CONCURRENTLY i", "t ShareUpdateExclusive"),
            ("DROP INDEX i", ""),
            ("CREATE TRIGGER x AFTER INSERT ON t EXECUTE FUNCTION f()", "t ShareRowExclusive"),
            ("CREATE POLICY p ON t", "t AccessExclusive"),
            ("DROP TRIGGER x ON t", "t AccessExclusive"),
            ("DROP TABLE t, u", "t AccessExclusive, u AccessExclusive"),
            ("DROP VIEW v", ""),
            ("INSERT INTO t VALUES (1)", "t RowExclusive"),
            ("TRUNCATE t, u", "t AccessExclusive, u AccessExclusive"),
            ("REFRESH MATERIALIZED VIEW v", "v AccessExclusive"),
            ("REFRESH MATERIALIZED VIEW CONCURRENTLY v", "v Exclusive"),
            ("VACUUM FULL t", "t AccessExclusive"),
            ("CLUSTER t USING i", "t AccessExclusive"),
            ("SELECT 1", ""),
        ] {
            assert_eq!(strongest(text), expected, "{text}");
        }
    }
}
