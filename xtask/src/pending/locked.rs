//! What a statement locks, for people and for programs.

use pgstrata_compiler::locks::{LockMode, Locks, RowAccess, TableLock};
use serde_json::{Value, json};

/// The tables by what happens to them, the strongest lock first.
pub(crate) fn notes(locks: &Locks) -> Vec<String> {
    let mut groups: Vec<(LockMode, RowAccess, Vec<String>)> = Vec::new();
    for lock in &locks.tables {
        let same = groups
            .iter_mut()
            .find(|group| (group.0, group.1) == (lock.mode, lock.work));
        match same {
            Some(group) => group.2.push(lock.table.shown()),
            None => groups.push((lock.mode, lock.work, vec![lock.table.shown()])),
        }
    }
    groups.sort_by_key(|(mode, work, _)| (std::cmp::Reverse(*mode), std::cmp::Reverse(*work)));
    let groups = groups.into_iter().map(|(mode, work, tables)| {
        let work = match work {
            RowAccess::None => "",
            RowAccess::Scan => ", reads every row",
            RowAccess::Rewrite => ", rewrites every row",
        };
        format!("{mode} on {}{work}", tables.join(", "))
    });
    let unknown = "what else it locks only the server knows".to_owned();
    groups
        .chain(locks.is_incomplete.then_some(unknown))
        .collect()
}

/// One lock.
pub(crate) fn lock(TableLock { table, mode, work }: &TableLock) -> Value {
    json!({
        "schema": table.schema,
        "table": table.name,
        "mode": mode.words(),
        "rows": match work {
            RowAccess::None => Value::Null,
            RowAccess::Scan => json!("read"),
            RowAccess::Rewrite => json!("rewritten"),
        },
    })
}

/// `AccessShareLock`, as `pg_locks` calls it.
pub(crate) fn mode(name: &str) -> Option<LockMode> {
    let name = name.strip_suffix("Lock")?;
    LockMode::ALL.into_iter().find(|lock| {
        let words = lock.words().split(' ');
        words
            .flat_map(str::chars)
            .collect::<String>()
            .eq_ignore_ascii_case(name)
    })
}

#[cfg(test)]
mod tests {
    use super::notes;
    use pgstrata_compiler::cursor::Name;
    use pgstrata_compiler::locks::{LockMode, Locks, RowAccess, TableLock};

    #[test]
    fn tables_are_named_by_their_lock() {
        let lock = |table, mode, work| TableLock {
            table: Name::unqualified(table),
            mode,
            work,
        };
        let tables = vec![
            lock("c", LockMode::RowShare, RowAccess::None),
            lock("a", LockMode::AccessExclusive, RowAccess::Rewrite),
            lock("b", LockMode::AccessExclusive, RowAccess::Scan),
            lock("d", LockMode::RowShare, RowAccess::None),
        ];
        assert_eq!(
            notes(&Locks {
                tables,
                is_incomplete: true
            }),
            [
                "ACCESS EXCLUSIVE on a, rewrites every row",
                "ACCESS EXCLUSIVE on b, reads every row",
                "ROW SHARE on c, d",
                "what else it locks only the server knows",
            ]
        );
    }
}
