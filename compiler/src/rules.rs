//! What a rule is: a row, a function and two SQL files: `bad.sql`, which it finds, and
//! `good.sql`, which it does not.

pub mod certain;
#[cfg(feature = "full")]
pub mod full;

use crate::finding::RuleFinding;
#[cfg(feature = "full")]
use crate::rule_context::{FileContext, RoundTripContext, StatementContext};
use crate::rule_ids::ids_of_full;
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
        .chain(ids_of_full().iter().map(String::as_str))
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(feature = "full")]
    fn every_build_knows_every_rule() {
        let ids: Vec<_> = super::full::RULES.iter().map(|rule| rule.id).collect();
        assert_eq!(ids, super::ids_of_full());
    }
}
