//! The rules that ask more than one file by itself can answer: the history before it.

mod newer_postgres;
mod drop_table;
mod drop_column;
mod drop_schema;
mod truncate;
mod cascade;
mod unfiltered_change;
mod single_batch;
mod batches_in_one_transaction;
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
mod blocking_statement;
mod new_enum_value;
mod several_tables_locked;
mod mixed_changes;
mod long_lock;
mod disabled_trigger;
mod not_reversed;
mod unknown_object;
mod referenced_table;
mod refused_key;
mod unknown_enum_value;
mod already_exists;
mod duplicate_index;
mod identifier_too_long;
mod seed_conflict;
mod frozen_time;
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

use super::{Check, Examples, Rule};
use crate::finding::RuleFinding;
use crate::rule_context::{FileContext, RoundTripContext, StatementContext};

/// They, in the order in which they are reported.
pub static RULES: &[Rule] = &[
    newer_postgres::RULE,
    drop_table::RULE,
    drop_column::RULE,
    drop_schema::RULE,
    truncate::RULE,
    cascade::RULE,
    unfiltered_change::RULE,
    single_batch::RULE,
    batches_in_one_transaction::RULE,
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
    blocking_statement::RULE,
    new_enum_value::RULE,
    several_tables_locked::RULE,
    mixed_changes::RULE,
    long_lock::RULE,
    disabled_trigger::RULE,
    not_reversed::RULE,
    unknown_object::RULE,
    referenced_table::RULE,
    refused_key::RULE,
    unknown_enum_value::RULE,
    already_exists::RULE,
    duplicate_index::RULE,
    identifier_too_long::RULE,
    seed_conflict::RULE,
    frozen_time::RULE,
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
