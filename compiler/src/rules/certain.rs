//! The rules that refuse a file for what is certain in it, whatever came before. Every build
//! asks them, the macro's too.

mod invisible_character;
mod transaction_control;
mod transaction_control_in_do;
mod not_in_transaction;
mod concurrent_index_name;
mod psql_variable;
mod duplicate_assignment;
mod session_setting;
mod server_wide;
mod history_table;
mod literal_credential;
mod syntax;

#[cfg(feature = "full")]
pub(crate) use syntax::joined;

use super::{Check, Examples, Rule};
use crate::finding::RuleFinding;

/// They, in the order in which they are reported.
pub static RULES: &[Rule] = &[
    syntax::RULE,
    invisible_character::RULE,
    transaction_control::RULE,
    transaction_control_in_do::RULE,
    not_in_transaction::RULE,
    concurrent_index_name::RULE,
    psql_variable::RULE,
    duplicate_assignment::RULE,
    session_setting::RULE,
    server_wide::RULE,
    history_table::RULE,
    literal_credential::RULE,
];
