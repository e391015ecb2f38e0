//! The two programs, and what a test looks at after them.

use std::process::Command;

use crate::build::old_program;
use crate::support::{Database, fresh_database};
use crate::{act, all, first};

/// Whose program.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Release {
    Old,
    Today,
}

use Release::{Old, Today};

/// Who begins, and who goes on.
pub(crate) const PAIRS: [(Release, Release); 4] =
    [(Old, Today), (Today, Old), (Old, Old), (Today, Today)];

/// What a command did, a line a step, or its refusal.
pub(crate) type Answer = Result<String, String>;

impl Release {
    /// Runs a command such as `up-to 3`, over all migrations.
    pub(crate) fn run(self, database: &Database, command: &str) -> Answer {
        self.run_list("all", database, command)
    }

    /// The same over the `all` or the `first` of them.
    pub(crate) fn run_list(self, list: &str, database: &Database, command: &str) -> Answer {
        let words: Vec<&str> = command.split(' ').collect();
        let url = format!(
            "{}{}application_name={self:?}",
            database.url,
            if database.url.contains('?') { '&' } else { '?' }
        );
        if self == Today {
            let migrations = match list {
                "first" => &first::MIGRATIONS,
                _ => &all::MIGRATIONS,
            };
            return act::act(migrations, &url, &words);
        }
        let mut program = Command::new(old_program());
        let output = program.args([list, &url]).args(words).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() {
            return Ok(text(&output.stdout));
        }
        Err(text(&output.stderr))
    }

    pub(crate) fn other(self) -> Self {
        if self == Old { Today } else { Old }
    }
}

/// With the table that the migrations write to, each statement of theirs that leaves nothing else.
pub(crate) fn database() -> Database {
    let database = fresh_database();
    let table = "CREATE TABLE ran (id bigint GENERATED ALWAYS AS IDENTITY, what text NOT NULL)";
    database.connect().batch_execute(table).unwrap();
    database
}

/// What has run, in order, and committed.
pub(crate) fn ran(database: &Database) -> String {
    database.ask("SELECT COALESCE(string_agg(what, ', ' ORDER BY id), '') FROM ran")
}

/// What has run since this was asked last.
pub(crate) fn ran_now(database: &Database) -> String {
    database.ask(
        "WITH gone AS (DELETE FROM ran RETURNING *) \
         SELECT COALESCE(string_agg(what, ', ' ORDER BY id), '') FROM gone",
    )
}

pub(crate) fn layout(database: &Database) -> String {
    database.ask("SELECT obj_description('pgstrata_history'::regclass)")
}

pub(crate) const LAYOUT_3: &str = "pgstrata history layout 3";
pub(crate) const LAYOUT_4: &str = "pgstrata history layout 3, extended to 4";

/// Rows that no batch has touched, or one has touched twice; and the index, while it is valid.
pub(crate) fn not_once(database: &Database) -> String {
    database.ask("SELECT count(*) FROM account WHERE n <> 1")
}

pub(crate) fn indexes(database: &Database) -> String {
    database.ask(
        "SELECT COALESCE(string_agg(c.relname || ' ' || i.indisvalid, ', ' ORDER BY 1), '') \
         FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid \
         WHERE c.relname LIKE 'account_name%'",
    )
}

/// Each event of the old program has no digest, each application of today's has one.
#[track_caller]
pub(crate) fn assert_digests(database: &Database) {
    let wrong = database.ask(
        "SELECT COALESCE(string_agg(application || ' ' || action || ' ' || label, ', '), '') \
         FROM pgstrata_history_events WHERE (list_digest IS NULL) <> (application = 'Old') \
         AND (application = 'Old' OR action IN ('applied', 'baselined'))",
    );
    assert_eq!(wrong, "");
}
