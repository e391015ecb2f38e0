//! Who is in the way of a statement.

use std::fmt;

use crate::own;
use crate::row::{Row, Rows, Unreadable};
use crate::server::Server;
use crate::sql;

/// A session or a prepared transaction that is in the way.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Blocker {
    /// Its backend's process id, as `pg_terminate_backend` takes it; a prepared transaction has none.
    pub pid: Option<i32>,
    /// The name of a prepared transaction, as `ROLLBACK PREPARED` takes it.
    pub gid: Option<String>,
    /// The replication slot that a session reads, or makes.
    pub slot: Option<String>,
    /// The database in which it is, and in which a prepared transaction can be ended.
    pub database: Option<String>,
    /// The user it is logged in as, or who has prepared it.
    pub user: Option<String>,
    /// Its `application_name`.
    pub application: Option<String>,
    /// Since when it is connected or prepared, in this session's time zone.
    pub connected_since: Option<String>,
    /// For how long its transaction has been open, or prepared.
    pub transaction_age: Option<String>,
    /// Such as `idle in transaction`; hidden from users who may not see it.
    pub state: Option<String>,
    /// Its current or last query; hidden from users who may not see it.
    pub query: Option<String>,
}

impl Blocker {
    pub(crate) fn from_row(row: Row<'_>) -> Result<Self, Unreadable> {
        let is_prepared = row.get::<String>("kind")? == "prepared";
        let name: Option<String> = row.get("name")?;
        Ok(Self {
            pid: row.get("pid")?,
            gid: name.clone().filter(|_| is_prepared),
            slot: name.filter(|_| !is_prepared),
            database: row.get("database")?,
            user: row.get("who")?,
            application: row.get("application")?,
            connected_since: row.get("since")?,
            transaction_age: row.get("transaction_age")?,
            state: row.get("state")?,
            query: row.get("query")?,
        })
    }

    /// The statement that ends it.
    pub fn end(&self) -> Option<String> {
        match (self.pid, &self.gid) {
            (Some(pid), _) => {
                let terminate = include_str!("sql/watch/terminate.sql").trim_end();
                Some(sql::fill(terminate, &[("pid", &pid.to_string())]))
            }
            (None, Some(gid)) => Some(format!("ROLLBACK PREPARED {}", sql::literal(gid).trim())),
            (None, None) => None,
        }
    }
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first_line = |value: &Option<String>| {
            let line = value.as_deref().and_then(|it| it.trim().lines().next());
            line.filter(|line| !line.is_empty()).map(str::to_owned)
        };
        let gid = self
            .gid
            .as_ref()
            .map(|gid| sql::literal(gid).trim().to_owned());
        let parts: &[_] = match (self.pid, &gid) {
            (None, Some(gid)) => {
                write!(f, "the prepared transaction {gid}")?;
                &[
                    ("of user", &self.user),
                    ("in database", &self.database),
                    ("prepared at", &self.connected_since),
                    ("open for", &self.transaction_age),
                ]
            }
            (pid, _) => {
                write!(f, "pid {}", pid.unwrap_or_default())?;
                &[
                    ("user", &self.user),
                    ("application", &self.application),
                    ("slot", &self.slot),
                    ("connected since", &self.connected_since),
                    ("in a transaction for", &self.transaction_age),
                    ("state", &self.state),
                    ("query", &self.query),
                ]
            }
        };
        for (name, value) in parts {
            first_line(value).map_or(Ok(()), |value| write!(f, ", {name} {value}"))?;
        }
        gid.map_or(Ok(()), |gid| {
            write!(
                f,
                "; only this ends it: COMMIT PREPARED {gid} or ROLLBACK PREPARED {gid}"
            )
        })
    }
}

/// Sessions that are in the way, or may be. Knowing them is a service; not knowing them must not
/// hide the first error.
pub(crate) async fn find(server: &mut dyn Server, query: &str) -> Vec<Blocker> {
    let asked = own::ask(server, query, own::BRIEF).await;
    let sets = asked.unwrap_or_default();
    sets.iter().flat_map(read).collect()
}

/// A template with what is asked of each. Names are filled in afterwards: they may look like a blank.
pub(crate) fn query(query: &str) -> String {
    let values = [
        ("blocker", include_str!("sql/watch/blocker.sql").trim_end()),
        (
            "prepared",
            include_str!("sql/watch/prepared.sql").trim_end(),
        ),
        (
            "virtual",
            include_str!("sql/watch/prepared_virtual.sql").trim_end(),
        ),
    ];
    sql::fill(query, &values)
}

pub(crate) fn read(rows: &Rows) -> Vec<Blocker> {
    let blockers = rows.iter().map(Blocker::from_row);
    blockers.filter_map(Result::ok).collect()
}
