//! What a rule is: a row, a function and two SQL files: `bad.sql`, which it finds, and
//! `good.sql`, which it does not.

pub mod certain;
#[cfg(feature = "full")]
pub mod full;

use crate::finding::RuleFinding;
#[cfg(feature = "full")]
use crate::rule_context::{FileContext, RoundTripContext, StatementContext};
use crate::script::Script;
use crate::settings::Level;

/// One rule about the SQL of migrations.
#[derive(Debug)]
pub struct Rule {
    /// Names the rule in messages and in `allow`; the file it lives in has the same name.
    pub id: &'static str,
    /// What a finding comes to, unless the settings say otherwise.
    pub level: Level,
    /// When it finds something, in one sentence.
    pub condition: &'static str,
    /// Why it matters, with the page of the PostgreSQL manual that says so.
    pub why: &'static str,
    /// Rules of other programs that find the same: the program and its rule's name.
    pub elsewhere: &'static [&'static str],
    /// Finds the offending places.
    pub check: Check,
    /// SQL that the rule finds, and SQL that passes.
    pub examples: Examples,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// One file by itself.
    Script(fn(&Script) -> Vec<RuleFinding>),
    /// One statement, with the schema as the migrations have made it so far.
    #[cfg(feature = "full")]
    Statement(fn(&StatementContext<'_>) -> Vec<RuleFinding>),
    /// All statements of one file together.
    #[cfg(feature = "full")]
    File(fn(&FileContext<'_>) -> Vec<RuleFinding>),
    /// All statements of one repeatable script together; the schema is that after the last
    /// migration.
    #[cfg(feature = "full")]
    Repeatable(fn(&FileContext<'_>) -> Vec<RuleFinding>),
    /// One migration, up and down again.
    #[cfg(feature = "full")]
    Migration(fn(&RoundTripContext<'_>) -> Vec<RuleFinding>),
}

/// The rule's own fixtures. What stands above a line `-- then:` is an earlier migration;
/// what stands below a line `-- its down file:` is the way back, and below a line
/// `-- in repeatable/r.sql:` a repeatable script; a line `-- or:` begins another example. A
/// line of carets under a bad place says what is found there.
#[derive(Debug)]
pub struct Examples {
    /// Found by the rule.
    pub bad: &'static str,
    /// Not found.
    pub good: &'static str,
}

/// Every rule of this build, in the order in which they are reported.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    #[cfg(feature = "full")]
    let more = full::RULES;
    #[cfg(not(feature = "full"))]
    let more = &[];
    certain::RULES.iter().chain(more)
}

/// The id of every rule there is. A file may allow also those that this build does not ask.
pub fn ids() -> Vec<&'static str> {
    certain::RULES
        .iter()
        .map(|rule| rule.id)
        .chain(FULL.iter().copied())
        .collect()
}

/// The ids of the rules in `full`, which every build knows.
const FULL: &[&str] = &[
    "newer-postgres",
    "drop-table",
    "drop-column",
    "drop-schema",
    "truncate",
    "cascade",
    "unfiltered-change",
    "blocking-index",
    "blocking-index-drop",
    "blocking-reindex",
    "column-type",
    "set-not-null",
    "volatile-default",
    "required-column",
    "unvalidated-foreign-key",
    "unvalidated-check",
    "domain-constraint",
    "blocking-unique",
    "nullable-key",
    "exclusion-constraint",
    "rename",
    "validate-at-once",
    "table-rewrite",
    "set-logged",
    "access-method",
    "attach-partition",
    "blocking-detach",
    "blocking-refresh",
    "blocking-statement",
    "new-enum-value",
    "several-tables-locked",
    "mixed-changes",
    "long-lock",
    "disabled-trigger",
    "not-reversed",
    "unknown-object",
    "referenced-table",
    "refused-key",
    "already-exists",
    "duplicate-index",
    "identifier-too-long",
    "seed-conflict",
    "frozen-time",
    "repeatable-not-idempotent",
    "prefer-bigint",
    "prefer-text",
    "prefer-timestamptz",
    "prefer-jsonb",
    "prefer-identity",
    "constrained-domain",
    "new-enum",
    "enum-ordering",
    "wide-index",
    "foreign-key-without-index",
    "repeated-alter",
    "unqualified-table",
    "drop-object",
    "drop-not-null",
    "drop-constraint",
    "default-change",
    "replace-object",
    "alter-options",
    "shape-change",
    "write-restriction",
    "sequence-change",
    "trigger-on-table",
    "inheritance",
    "replica-identity",
    "row-security",
    "grant-revoke",
    "extension-change",
];

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(feature = "full")]
    fn every_build_knows_every_rule() {
        let ids: Vec<_> = super::full::RULES.iter().map(|rule| rule.id).collect();
        assert_eq!(ids, super::FULL);
    }
}
