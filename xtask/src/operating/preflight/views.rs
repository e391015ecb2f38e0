//! What stands in the way of a statement, as the plan was refused for it: PostgreSQL neither drops a column
//! that a view or the like uses, nor gives it another type, nor drops its table.

use pgstrata::Fault;

use crate::evidence::{CheckFinding, Severity};
use crate::pending::Pending;

pub(super) fn found(pending: &Pending<'_>) -> Vec<CheckFinding> {
    let found = pending.refused.iter().filter_map(|found| match &found.fault {
        Fault::InUse {
            line,
            what,
            used_by,
            drop,
            create,
            is_made_again,
        } => {
            let message = format!("{}.up.sql:{line}: {what} is used by {used_by}", found.label);
            let again = if *is_made_again {
                "; what a repeatable makes the run makes again, so its CREATE may be left out"
            } else {
                ""
            };
            let advice = format!(
                "write the first above the statement, here and in the down file, and the second below it{again}:\n\
                 {drop}\n{create}"
            );
            Some(CheckFinding::new("views", Severity::Error, message).advise(advice))
        }
        _ => None,
    });
    found.collect()
}
