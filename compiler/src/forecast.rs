//! What pending migrations would lock.

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::grammar;
use crate::locks::{self, Locks};
use crate::migration::Migration;

/// The locks that the up files of these versions take, statement by statement, on what is
/// there before each of them: what a migration makes itself nobody else can see. Names without a
/// schema are looked up along `search_path`, or in the usual schema where it is empty.
pub fn of_versions(
    migrations: &[Migration],
    search_path: &[String],
    is_wanted: impl Fn(u64) -> bool,
) -> BTreeMap<u64, Vec<Locks>> {
    let mut catalog = Catalog::on_path(search_path);
    let mut taken: BTreeMap<u64, Vec<Locks>> = BTreeMap::new();
    for Migration { version, up, .. } in migrations {
        catalog.begin_file(*version);
        for bare in up.statements() {
            let statement = bare.named_by(&catalog);
            let action = grammar::read(statement);
            if is_wanted(*version) {
                let mut locks = locks::of(statement, &action, &catalog);
                locks
                    .tables
                    .retain(|lock| !locks::is_born(&catalog, &lock.table, *version));
                taken.entry(*version).or_default().push(locks);
            }
            catalog.apply(&action, bare, *version);
        }
        if up.code.is_some() {
            catalog.run_code(*version);
        }
        catalog.forget_journal();
    }
    taken
}
