//! Two versions of a program: an older list and a newer one that begins with it, as files.

use std::fs;
use std::path::{Path, PathBuf};

use pgstrata::Migrations;
use pgstrata_compiler::{Depth, compile};

use crate::change::{Change, Kind, Statement};
use crate::random::Random;

/// What one version of the program has.
#[derive(Clone, Debug)]
pub(crate) struct List {
    pub(crate) changes: Vec<Change>,
    /// Name and edition, in the order in which they run.
    pub(crate) repeatables: Vec<(String, u8)>,
}

/// Which version of the program.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Program {
    Older,
    Newer,
}

impl List {
    /// The older and the newer one.
    pub(crate) fn random(random: &mut Random) -> [Self; 2] {
        let (shared, more) = (random.between(1, 5), random.between(1, 4));
        let changes: Vec<_> = (1..=(shared + more) as u64)
            .map(|version| Change::random(version, random))
            .collect();
        let repeatables: Vec<_> = (0..random.weighted(&[(60, 0), (25, 1), (15, 2)]))
            .map(|n: usize| (format!("again_{n}"), 0))
            .collect();
        let older = Self {
            changes: changes[..shared].to_vec(),
            repeatables: repeatables.clone(),
        };
        let mut newer = Self {
            changes,
            repeatables,
        };
        for (_, edition) in &mut newer.repeatables {
            *edition = u8::from(random.percent(50));
        }
        if random.percent(40) {
            let place = random.below(shared);
            if newer.changes[place].is_transaction {
                newer.changes[place] = newer.changes[place].edited();
            }
        }
        [older, newer]
    }

    pub(crate) fn newest(&self) -> u64 {
        self.changes.last().map_or(0, |change| change.version)
    }

    pub(crate) fn find(&self, version: u64) -> Option<&Change> {
        self.changes.iter().find(|change| change.version == version)
    }

    /// The versions whose files are not those of the other list.
    pub(crate) fn edited(&self) -> impl Iterator<Item = u64> + '_ {
        let edited = self.changes.iter().filter(|change| change.edition > 0);
        edited.map(|change| change.version)
    }

    pub(crate) fn write(&self, folder: &Path) {
        fs::create_dir_all(folder.join("repeatable")).unwrap();
        for change in &self.changes {
            let label = change.label();
            let mode = if change.is_transaction {
                ""
            } else {
                "-- pgstrata: no-transaction\n"
            };
            let way_back = if change.irreversible {
                format!("{mode}-- pgstrata: irreversible the rows are gone\n")
            } else {
                format!("{mode}{}", text(&change.down))
            };
            let write = |end: &str, text: String| {
                fs::write(folder.join(format!("{label}.{end}.sql")), text).unwrap();
            };
            write("up", format!("{mode}\n{}", text(&change.up)));
            write("down", way_back);
            if change.verify {
                write("verify", "SELECT count(*) FROM public.ledger;\n".to_owned());
            }
        }
        for (name, edition) in &self.repeatables {
            let sql = format!(
                "DROP VIEW IF EXISTS public.{name};\n\
                 CREATE VIEW public.{name} AS SELECT 1 AS e{edition};\n\
                 INSERT INTO public.ledger VALUES ('{name} {edition}');\n"
            );
            fs::write(folder.join(format!("repeatable/{name}.sql")), sql).unwrap();
        }
    }
}

fn text(statements: &[Statement]) -> String {
    let texts = statements.iter().map(|it| format!("{};\n", it.sql));
    texts.collect()
}

/// Lends the list that a program with these files embeds.
pub(crate) fn with_list<T>(folder: &Path, task: impl FnOnce(&Migrations<'_>) -> T) -> T {
    let compiled = compile(folder, "migrations", Depth::Certain);
    assert!(!compiled.is_refused(), "{}", compiled.rendered().join("\n"));
    pgstrata_tools::with_migrations(&compiled, task)
}

/// The files of a migration's way up, for those who run it without a program.
pub(crate) fn up_file(folder: &Path, change: &Change) -> PathBuf {
    folder.join(format!("{}.up.sql", change.label()))
}

/// A statement as somebody executes it who knows nothing of batches.
pub(crate) fn by_hand(statement: &Statement) -> Vec<String> {
    let times = if statement.kind == Kind::Batch {
        statement.commits.len() + 1
    } else {
        1
    };
    let sql = statement.sql.replace("id > $1", "NOT done");
    vec![sql; times]
}
