//! `baseline`: takes over a database that was made by other means.

use pgstrata::Goal;

use crate::down::{Consent, after_asking};
use crate::failure::Failure;
use crate::flags::{Adopt, Common};

/// Shows what will count as applied, asks, and records it.
pub(crate) fn run(common: &Common, flags: &Adopt) -> Result<(), Failure> {
    let goal = (Goal::Baseline(flags.version), Some(&*flags.reason));
    let consent = Consent {
        yes: flags.yes,
        stored_down: &[],
    };
    after_asking(common, goal, &consent, &flags.records)
}
