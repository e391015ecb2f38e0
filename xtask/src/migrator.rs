//! The migrator as the flags of every command want it.

use std::time::Duration;

use pgstrata::Migrator;

use crate::flags::Common;
use crate::progress::Waiting;

/// A policy of a migrator.
type Set<'a> = fn(Migrator<'a>) -> Migrator<'a>;

/// The migrator as the common flags want it.
pub(crate) fn configured<'a>(migrator: Migrator<'a>, common: &Common) -> Migrator<'a> {
    let migrator = migrator
        .history(&common.history_schema, &common.history_table)
        .lock_deadline(Duration::from_secs(common.lock_deadline))
        .retry_deadline(Duration::from_secs(common.retry_deadline));
    // It has no size, so nothing is lost; a run has its own.
    let migrator = if common.quiet {
        migrator
    } else {
        migrator.observe(Box::leak(Box::new(Waiting)))
    };
    let owners = common.history_owner.iter();
    let migrator = owners.fold(migrator, |migrator, role| migrator.history_owner(role));
    let policies = &common.policies;
    let all: [(bool, Set<'a>); 6] = [
        (policies.behind_pooler, Migrator::behind_pooler),
        (policies.allow_changed, Migrator::allow_changed),
        (policies.allow_missing, Migrator::allow_missing),
        (policies.allow_out_of_order, Migrator::allow_out_of_order),
        (policies.allow_irreversible, Migrator::allow_irreversible),
        (policies.deny_newer_database, Migrator::deny_newer_database),
    ];
    let wanted = all.into_iter().filter(|(is_wanted, _)| *is_wanted);
    wanted.fold(migrator, |migrator, (_, set)| set(migrator))
}
