//! One statement at a time on a server: what it locks, and what becomes of the rows.

use std::collections::BTreeMap;

use pgstrata_compiler::locks::{LockMode, RowAccess};
use postgres::{Client, NoTls, SimpleQueryMessage, SimpleQueryRow};

const STATE: &str = include_str!("../locks/state.sql");

/// The strongest mode on each table that was there before, and what became of its rows.
pub(crate) type Seen = BTreeMap<String, (LockMode, RowAccess)>;

/// Runs it in a transaction of its own.
pub(crate) fn run(client: &mut Client, sql: &str) -> Result<Seen, postgres::Error> {
    let mut transaction = client.transaction()?;
    let before = transaction.simple_query(STATE)?;
    transaction.batch_execute(sql)?;
    let after = transaction.simple_query(STATE)?;
    transaction.commit()?;
    let after: Vec<&SimpleQueryRow> = rows(&after).collect();
    let mut seen = Seen::new();
    for table in rows(&before).filter(|row| row.get("name").is_some()) {
        let now = after.iter().find(|row| row.get("oid") == table.get("oid"));
        let Some(now) = now else { continue };
        let modes = now.get("modes").unwrap_or_default().split(' ');
        let Some(mode) = modes.filter(|mode| !mode.is_empty()).map(mode).max() else {
            continue;
        };
        let is_filled = now.get("size").is_some_and(|size| size != "0");
        let work = match () {
            () if is_filled && now.get("filenode") != table.get("filenode") => RowAccess::Rewrite,
            () if is_filled && now.get("rows_read") != table.get("rows_read") => RowAccess::Scan,
            () => RowAccess::None,
        };
        let name = table.get("name").unwrap_or_default().to_owned();
        seen.insert(name, (mode, work));
    }
    Ok(seen)
}

/// Runs it outside of a transaction, while another session holds `SHARE UPDATE EXCLUSIVE` on the
/// tables: which lock it waits for there, before it goes on.
pub(crate) fn run_alone(
    url: &str,
    sql: &str,
    tables: &[(String, &str)],
) -> Result<Seen, postgres::Error> {
    let mut waiter = Client::connect(url, NoTls)?;
    let mut observer = Client::connect(url, NoTls)?;
    let mut holder = Client::connect(url, NoTls)?;
    let pid: i32 = waiter.query_one("SELECT pg_backend_pid()", &[])?.get(0);
    holder.batch_execute("BEGIN")?;
    for (table, kind) in tables {
        // The lock of a comment.
        holder.batch_execute(&format!("COMMENT ON {kind} {table} IS NULL"))?;
    }
    std::thread::scope(|scope| {
        let running = scope.spawn(move || waiter.batch_execute(sql));
        let waiting = "SELECT relation::regclass::text, mode FROM pg_locks WHERE pid = $1 AND NOT granted AND relation IS NOT NULL";
        let mut seen = Seen::new();
        while !running.is_finished() && seen.is_empty() {
            for row in observer.query(waiting, &[&pid])? {
                let (table, wanted): (String, String) = (row.get(0), row.get(1));
                seen.insert(table, (mode(&wanted), RowAccess::None));
            }
        }
        holder.batch_execute("ROLLBACK")?;
        running.join().expect("no panic")?;
        Ok(seen)
    })
}

fn rows(messages: &[SimpleQueryMessage]) -> impl Iterator<Item = &SimpleQueryRow> {
    messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    })
}

/// `AccessExclusiveLock` to its mode.
fn mode(shown: &str) -> LockMode {
    let found = LockMode::ALL
        .into_iter()
        .find(|mode| format!("{mode:?}Lock") == shown);
    found.unwrap_or_else(|| panic!("{shown} is no mode"))
}
