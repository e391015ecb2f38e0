//! The table of rules. A rule is a row, a function and two SQL files: `bad.sql`, which
//! it finds, and `good.sql`, which it does not.

mod transaction_control;
mod transaction_control_in_do;
mod not_in_transaction;
mod concurrent_index_name;
mod psql_variable;
mod syntax;
mod session_setting;
mod server_wide;
mod history_table;
mod literal_credential;
mod drop_table;
mod drop_column;
mod drop_schema;
mod truncate;
mod cascade;
mod unfiltered_change;
mod blocking_index;
mod blocking_index_drop;
mod column_type;
mod set_not_null;
mod volatile_default;
mod required_column;
mod unvalidated_foreign_key;
mod unvalidated_check;
mod blocking_unique;
mod rename;
mod validate_at_once;
mod table_rewrite;
mod blocking_refresh;
mod new_enum_value;
mod seed_conflict;
mod unknown_object;
mod not_reversed;

use crate::action::{Action, Change, Kind};
use crate::catalog::{Catalog, Key, Mark};
use crate::cursor::Name;
use crate::diagnostic::Severity;
use crate::file_name::Direction;
use crate::migration::Migration;
use crate::script::Script;
use crate::span::Span;
use crate::statement::Statement;

/// One rule about the SQL of migrations.
#[derive(Debug)]
pub struct Rule {
    /// Names the rule in messages and in `allow`; the file it lives in has the same name.
    pub id: &'static str,
    /// Whether a finding refuses the directory.
    pub level: Severity,
    /// Why it matters, with the page of the PostgreSQL manual that says so.
    pub why: &'static str,
    /// Finds the offending places.
    pub check: Check,
    /// SQL that the rule finds, and SQL that passes.
    pub examples: Examples,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// One file by itself.
    Script(fn(&Script) -> Vec<Finding>),
    /// One statement, with the schema as the migrations have made it so far.
    Statement(fn(&Moment<'_>) -> Vec<Finding>),
    /// One migration, up and down again.
    Migration(fn(&Replayed<'_>) -> Vec<Finding>),
}

/// A statement that is about to run.
#[derive(Debug)]
pub struct Moment<'a> {
    /// The file.
    pub script: &'a Script,
    /// Which way it goes.
    pub direction: Direction,
    /// Which statement of the file.
    pub statement: usize,
    /// Its tokens.
    pub text: Statement<'a>,
    /// What it does.
    pub action: &'a Action,
    /// The schema before it.
    pub catalog: &'a Catalog,
    /// The migration's version.
    pub version: u64,
}

/// A migration that was applied and taken back, without a server.
#[derive(Debug)]
pub struct Replayed<'a> {
    /// The migration.
    pub migration: &'a Migration,
    /// The schema after both.
    pub catalog: &'a Catalog,
    /// Before the up file.
    pub before_up: Mark,
    /// Between the two.
    pub before_down: Mark,
}

/// A place that a rule found.
#[derive(Debug)]
pub struct Finding {
    /// Which statement of the script.
    pub statement: usize,
    /// The words to point at.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What would pass.
    pub help: String,
}

/// The rule's own fixtures. What stands above a line `-- then:` is an earlier migration;
/// what stands below a line `-- its down file:` is the way back.
#[derive(Debug)]
pub struct Examples {
    /// Found by the rule.
    pub bad: &'static str,
    /// Not found.
    pub good: &'static str,
}

/// Every rule, in the order in which they are reported.
pub static RULES: &[Rule] = &[
    transaction_control::RULE,
    transaction_control_in_do::RULE,
    not_in_transaction::RULE,
    concurrent_index_name::RULE,
    psql_variable::RULE,
    #[cfg(feature = "syntax")]
    syntax::RULE,
    session_setting::RULE,
    server_wide::RULE,
    history_table::RULE,
    literal_credential::RULE,
    drop_table::RULE,
    drop_column::RULE,
    drop_schema::RULE,
    truncate::RULE,
    cascade::RULE,
    unfiltered_change::RULE,
    blocking_index::RULE,
    blocking_index_drop::RULE,
    column_type::RULE,
    set_not_null::RULE,
    volatile_default::RULE,
    required_column::RULE,
    unvalidated_foreign_key::RULE,
    unvalidated_check::RULE,
    blocking_unique::RULE,
    rename::RULE,
    validate_at_once::RULE,
    table_rewrite::RULE,
    blocking_refresh::RULE,
    new_enum_value::RULE,
    seed_conflict::RULE,
    unknown_object::RULE,
    not_reversed::RULE,
];

/// The rule that a server's parser can be asked about as well.
pub(crate) static SYNTAX: &Rule = &syntax::RULE;
pub(crate) use syntax::joined;

impl Moment<'_> {
    /// Whether the migration is being applied.
    fn is_up(&self) -> bool {
        self.direction == Direction::Up
    }

    /// Whether this migration makes the table or materialized view itself, so that
    /// nobody uses it yet.
    fn is_new(&self, table: &Name) -> bool {
        self.is_born_here(Kind::Table, table) || self.is_born_here(Kind::MaterializedView, table)
    }

    fn is_new_column(&self, table: &Name, column: &str) -> bool {
        self.is_born(&Key::part(Kind::Column, table, column))
    }

    fn is_born_here(&self, kind: Kind, name: &Name) -> bool {
        self.is_born(&Key::whole(kind, name))
    }

    fn is_born(&self, key: &Key) -> bool {
        self.catalog.object(key).is_some_and(|object| object.born == self.version)
    }

    /// What `ALTER TABLE` does on the way up to a table that is in use.
    fn changes_of_old_table(&self) -> impl Iterator<Item = (&Name, &Change)> {
        let altered = match self.action {
            Action::AlterTable { table, changes, .. } if self.is_up() && !self.is_new(table) => {
                Some((table, changes))
            }
            _ => None,
        };
        altered
            .into_iter()
            .flat_map(|(table, changes)| changes.iter().map(move |change| (table, change)))
    }

    /// About the statement, as far as its first line goes.
    fn finding(&self, message: String, help: String) -> Finding {
        self.finding_at(self.text.span(), message, help)
    }

    fn finding_at(&self, span: Span, message: String, help: String) -> Finding {
        Finding { statement: self.statement, span, message, help }
    }
}

/// Rules that only a build with more features runs. A file may allow them all the same.
const ELSEWHERE: &[&str] = if cfg!(feature = "syntax") { &[] } else { &["syntax"] };

/// The id of every rule.
pub fn ids() -> Vec<&'static str> {
    RULES.iter().map(|rule| rule.id).chain(ELSEWHERE.iter().copied()).collect()
}
