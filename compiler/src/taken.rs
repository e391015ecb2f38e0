//! What up files take away that something else in a database may stand on: columns that they drop or give
//! another type, tables and views that they drop. A run asks the server for what stands on it before it
//! writes anything.
//!
//! Only what is certain is kept. Whatever may already have taken the dependents away, or have given a name
//! to another table, leaves out what comes after it in its file, and holds for later files as long as it is
//! pending with them.

use std::collections::BTreeMap;

use crate::cursor::Name;
use crate::effect::{Effect, effect, may_call_functions};
use crate::migration::Migration;

/// What one statement takes away.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Taken {
    /// The migration's number.
    pub version: u64,
    /// Which statement of its up file.
    pub statement: usize,
    /// The table or view, with a schema only where one is written.
    pub object: Name,
    /// The column; empty where all of it goes.
    pub column: String,
    /// Nothing is known while a migration below this one is pending as well.
    pub since: u64,
    /// What the file, up to this statement, has dropped or replaced: it is not in the way.
    pub freed: Vec<Name>,
    /// Whether routines, triggers, rules and policies may be gone by then.
    pub views_only: bool,
    /// Functions of the database may have run before it, in triggers for example, if a migration below this
    /// version is pending; its own counts. They may have taken the dependents away.
    pub functions_since: u64,
}

/// Of all migrations, ascending.
pub fn taken(migrations: &[Migration]) -> Vec<Taken> {
    let mut walk = Walk::default();
    for migration in migrations {
        walk.file(migration);
    }
    walk.all
}

#[derive(Default)]
struct Walk {
    all: Vec<Taken>,
    since: u64,
    /// Below this version functions of the database may run.
    functions_since: u64,
    /// Tables that are not the ones that a server has now under these names, and since which version.
    others: BTreeMap<String, u64>,
}

impl Walk {
    fn file(&mut self, migration: &Migration) {
        let version = migration.version;
        let after = version.saturating_add(1);
        let (mut freed, mut views_only) = (Vec::new(), false);
        for (statement, it) in migration.up.statements().enumerate() {
            let mut take = |object: &Name, column: &str, freed: &[Name]| {
                let other = self.others.get(&object.name).copied();
                if other == Some(version) {
                    return;
                }
                self.all.push(Taken {
                    version,
                    statement,
                    object: object.clone(),
                    column: column.to_owned(),
                    since: other.map_or(0, |it| it.saturating_add(1)).max(self.since),
                    freed: freed.to_vec(),
                    views_only,
                    functions_since: self.functions_since,
                });
            };
            match effect(it) {
                Effect::Nothing => {}
                Effect::Opaque => {
                    self.since = after;
                    return;
                }
                Effect::Frees(names) => freed.extend(names),
                Effect::FreesOthers => views_only = true,
                Effect::Makes(table) => _ = self.others.insert(table.name, version),
                Effect::Drops { names, is_table } => {
                    // What goes with the same statement is not in its way.
                    freed.extend(names.iter().cloned());
                    for name in &names {
                        take(name, "", &freed);
                    }
                    if is_table {
                        let names = names.into_iter().map(|it| (it.name, version));
                        self.others.extend(names);
                    }
                }
                Effect::Alters {
                    table,
                    columns,
                    is_another,
                } => {
                    for column in &columns {
                        take(&table, column, &freed);
                    }
                    if is_another {
                        self.others.insert(table.name, version);
                    }
                }
            }
            if may_call_functions(it) {
                self.functions_since = after;
            }
        }
        if !freed.is_empty() || views_only || migration.up.code.is_some() {
            self.since = after;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Migration, Taken, taken};
    use crate::file_name::Purpose;
    use crate::script::Script;

    /// Files from version 1 on, each with its statements.
    fn of(files: &[&str]) -> Vec<Taken> {
        let script = |text: &str, purpose| Script::read("x.sql", text, purpose).expect("a script");
        let migration = |(text, version): (&&str, u64)| Migration {
            version,
            label: String::new(),
            up: script(text, Purpose::Up),
            down: script("SELECT 1", Purpose::Down),
            verify: None,
        };
        let all: Vec<_> = files.iter().zip(1..).map(migration).collect();
        taken(&all)
    }

    /// `version.statement object[.column] since [-freed] [views]`, of each.
    fn shown(files: &[&str]) -> String {
        let shown = of(files).into_iter().map(|it| {
            let name = |name: &super::Name| {
                if name.schema.is_empty() {
                    name.name.clone()
                } else {
                    format!("{}:{}", name.schema, name.name)
                }
            };
            let freed: Vec<String> = it
                .freed
                .iter()
                .map(|it| format!(" -{}", name(it)))
                .collect();
            let freed = freed.concat();
            let views = if it.views_only { " views" } else { "" };
            let functions = match it.functions_since {
                0 => String::new(),
                since => format!(" functions {since}"),
            };
            let column = if it.column.is_empty() {
                String::new()
            } else {
                format!(".{}", it.column)
            };
            format!(
                "{}.{} {}{column} {}{freed}{views}{functions}",
                it.version,
                it.statement,
                name(&it.object),
                it.since
            )
        });
        shown.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_a_statement_takes() {
        for (file, expected) in [
            ("ALTER TABLE t DROP COLUMN a", "1.0 t.a 0"),
            (
                "ALTER TABLE IF EXISTS s.t DROP IF EXISTS \"A\"",
                "1.0 s:t.A 0",
            ),
            (
                "ALTER TABLE t * ADD x int, ALTER a SET DATA TYPE text, ALTER COLUMN b TYPE int USING b::int",
                "1.0 t.a 0\n1.0 t.b 0",
            ),
            ("SELECT 1; ALTER TABLE t DROP COLUMN a", ""),
            (
                "ALTER TABLE t DROP CONSTRAINT a, ALTER CONSTRAINT b DEFERRABLE",
                "",
            ),
            (
                "ALTER TABLE t ALTER a SET DEFAULT 1, ALTER a DROP NOT NULL",
                "",
            ),
            (
                "ALTER TABLE t DROP COLUMN a CASCADE; ALTER TABLE t DROP COLUMN b",
                "",
            ),
            (
                "ALTER TABLE t DROP CONSTRAINT a CASCADE; ALTER TABLE t DROP COLUMN b",
                "",
            ),
            (
                "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u ON DELETE CASCADE; ALTER TABLE t DROP COLUMN b",
                "1.1 t.b 0",
            ),
            ("ALTER TABLE ONLY t DROP COLUMN a", ""),
            ("DROP TABLE a, s.b", "1.0 a 0 -a -s:b\n1.0 s:b 0 -a -s:b"),
            ("DROP VIEW IF EXISTS v", "1.0 v 0 -v"),
            (
                "DROP MATERIALIZED VIEW v; ALTER TABLE t DROP COLUMN a",
                "1.0 v 0 -v\n1.1 t.a 0 -v",
            ),
            (
                "CREATE OR REPLACE VIEW v AS SELECT 1; ALTER TABLE t DROP COLUMN a",
                "1.1 t.a 0 -v",
            ),
            (
                "DROP TRIGGER g ON t; INSERT INTO t VALUES (1); ALTER TABLE t DROP COLUMN a",
                "1.2 t.a 0 views functions 2",
            ),
            (
                "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER TABLE t DROP COLUMN a",
                "1.1 t.a 0 views",
            ),
            ("CREATE TABLE t (a int); ALTER TABLE t DROP COLUMN a", ""),
            (
                "CREATE TEMP TABLE IF NOT EXISTS t (a int); ALTER TABLE t DROP COLUMN a",
                "",
            ),
            ("DROP TABLE t; ALTER TABLE t DROP COLUMN a", "1.0 t 0 -t"),
            (
                "ALTER TABLE t RENAME a TO b; ALTER TABLE t DROP COLUMN b",
                "",
            ),
            (
                "ALTER TABLE t RENAME CONSTRAINT a TO b; ALTER TABLE t DROP COLUMN b",
                "1.1 t.b 0",
            ),
            ("ALTER TABLE v RENAME TO w; ALTER TABLE t DROP COLUMN b", ""),
            ("ALTER VIEW v RENAME TO w; ALTER TABLE t DROP COLUMN b", ""),
            (
                "ALTER TABLE t DETACH PARTITION p; ALTER TABLE t DROP COLUMN b",
                "",
            ),
            (
                "CREATE SCHEMA s CREATE TABLE t (a int); ALTER TABLE t DROP COLUMN b",
                "",
            ),
            ("CREATE SCHEMA s; ALTER TABLE t DROP COLUMN b", "1.1 t.b 0"),
            (
                "CREATE MATERIALIZED VIEW m AS SELECT f(); ALTER TABLE t DROP COLUMN b",
                "1.1 t.b 0 functions 2",
            ),
            (
                "ALTER TABLE u ADD x int DEFAULT f(); ALTER TABLE t DROP COLUMN b",
                "1.1 t.b 0 functions 2",
            ),
            ("SET LOCAL search_path = s; ALTER TABLE t DROP COLUMN b", ""),
        ] {
            assert_eq!(shown(&[file]), expected, "{file}");
        }
    }

    #[test]
    fn what_earlier_files_leave_unknown() {
        let drops = "ALTER TABLE t DROP COLUMN a";
        for (files, expected) in [
            (&["CREATE TABLE t (a int, b int)", drops][..], "2.0 t.a 2"),
            (&["CREATE TABLE u (a int)", drops], "2.0 t.a 0"),
            (
                &["DO $$BEGIN END$$", "CREATE TABLE u ()", drops],
                "3.0 t.a 2",
            ),
            (
                &["UPDATE u SET a = 1", drops, "DROP TABLE w"],
                "2.0 t.a 0 functions 2\n3.0 w 0 -w functions 2",
            ),
            (&["DROP VIEW v", drops], "1.0 v 0 -v\n2.0 t.a 2"),
            (
                &["CREATE OR REPLACE VIEW v AS SELECT 1", drops],
                "2.0 t.a 2",
            ),
            (
                &[
                    "-- pgstrata: code crate::f\nCOMMENT ON TABLE t IS ''",
                    drops,
                ],
                "2.0 t.a 2",
            ),
            (&["ALTER TABLE t RENAME b TO a", drops], "2.0 t.a 2"),
        ] {
            assert_eq!(shown(files), expected, "{files:?}");
        }
    }
}
