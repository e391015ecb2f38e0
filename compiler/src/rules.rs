//! The table of rules. A rule is a row, a function and two SQL files: `bad.sql`, which
//! it finds, and `good.sql`, which it does not.

mod transaction_control;
mod transaction_control_in_do;
mod not_in_transaction;
mod concurrent_index_name;
mod psql_variable;
mod syntax;
mod duplicate_assignment;
mod newer_postgres;
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
mod blocking_reindex;
mod column_type;
mod set_not_null;
mod volatile_default;
mod required_column;
mod unvalidated_foreign_key;
mod unvalidated_check;
mod domain_constraint;
mod blocking_unique;
mod nullable_key;
mod exclusion_constraint;
mod rename;
mod validate_at_once;
mod table_rewrite;
mod set_logged;
mod access_method;
mod attach_partition;
mod blocking_detach;
mod blocking_refresh;
mod new_enum_value;
mod several_tables_locked;
mod mixed_changes;
mod long_lock;
mod disabled_trigger;
mod not_reversed;
mod unknown_object;
mod referenced_table;
mod already_exists;
mod duplicate_index;
mod identifier_too_long;
mod seed_conflict;
mod repeatable_not_idempotent;
mod prefer_bigint;
mod prefer_text;
mod prefer_timestamptz;
mod prefer_jsonb;
mod prefer_identity;
mod constrained_domain;
mod new_enum;
mod enum_ordering;
mod wide_index;
mod foreign_key_without_index;
mod repeated_alter;
mod unqualified_table;
mod drop_object;
mod drop_not_null;
mod drop_constraint;
mod default_change;
mod replace_object;
mod alter_options;
mod shape_change;
mod write_restriction;
mod sequence_change;
mod trigger_on_table;
mod inheritance;
mod replica_identity;
mod row_security;
mod grant_revoke;
mod extension_change;

use crate::moment::{Course, Finding, Moment, Replayed};
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
    Script(fn(&Script) -> Vec<Finding>),
    /// One statement, with the schema as the migrations have made it so far.
    Statement(fn(&Moment<'_>) -> Vec<Finding>),
    /// All statements of one file together.
    Course(fn(&Course<'_>) -> Vec<Finding>),
    /// All statements of one repeatable script together; the schema is that after the last
    /// migration.
    Repeatable(fn(&Course<'_>) -> Vec<Finding>),
    /// One migration, up and down again.
    Migration(fn(&Replayed<'_>) -> Vec<Finding>),
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

/// Every rule, in the order in which they are reported.
pub static RULES: &[Rule] = &[
    transaction_control::RULE,
    transaction_control_in_do::RULE,
    not_in_transaction::RULE,
    concurrent_index_name::RULE,
    psql_variable::RULE,
    #[cfg(feature = "syntax")]
    syntax::RULE,
    duplicate_assignment::RULE,
    newer_postgres::RULE,
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
    blocking_reindex::RULE,
    column_type::RULE,
    set_not_null::RULE,
    volatile_default::RULE,
    required_column::RULE,
    unvalidated_foreign_key::RULE,
    unvalidated_check::RULE,
    domain_constraint::RULE,
    blocking_unique::RULE,
    nullable_key::RULE,
    exclusion_constraint::RULE,
    rename::RULE,
    validate_at_once::RULE,
    table_rewrite::RULE,
    set_logged::RULE,
    access_method::RULE,
    attach_partition::RULE,
    blocking_detach::RULE,
    blocking_refresh::RULE,
    new_enum_value::RULE,
    several_tables_locked::RULE,
    mixed_changes::RULE,
    long_lock::RULE,
    disabled_trigger::RULE,
    not_reversed::RULE,
    unknown_object::RULE,
    referenced_table::RULE,
    already_exists::RULE,
    duplicate_index::RULE,
    identifier_too_long::RULE,
    seed_conflict::RULE,
    repeatable_not_idempotent::RULE,
    prefer_bigint::RULE,
    prefer_text::RULE,
    prefer_timestamptz::RULE,
    prefer_jsonb::RULE,
    prefer_identity::RULE,
    constrained_domain::RULE,
    new_enum::RULE,
    enum_ordering::RULE,
    wide_index::RULE,
    foreign_key_without_index::RULE,
    repeated_alter::RULE,
    unqualified_table::RULE,
    drop_object::RULE,
    drop_not_null::RULE,
    drop_constraint::RULE,
    default_change::RULE,
    replace_object::RULE,
    alter_options::RULE,
    shape_change::RULE,
    write_restriction::RULE,
    sequence_change::RULE,
    trigger_on_table::RULE,
    inheritance::RULE,
    replica_identity::RULE,
    row_security::RULE,
    grant_revoke::RULE,
    extension_change::RULE,
];

/// The rule that a server's parser can be asked about as well.
pub(crate) static SYNTAX: &Rule = &syntax::RULE;
pub(crate) use syntax::joined;

/// Rules that only a build with more features runs. A file may allow them all the same.
const ELSEWHERE: &[&str] = if cfg!(feature = "syntax") { &[] } else { &["syntax"] };

/// The id of every rule.
pub fn ids() -> Vec<&'static str> {
    RULES.iter().map(|rule| rule.id).chain(ELSEWHERE.iter().copied()).collect()
}
