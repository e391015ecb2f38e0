//! Which database it is.

use postgres::{Client, Error};
use serde_json::{Value, json};

use crate::catalog_session::CatalogSession;

/// Which database it is, and when, by its server's clock.
pub(crate) struct Identity {
    /// The same for all copies that stream from one server; `None` where this user may not know.
    pub(crate) system: Option<String>,
    pub(crate) oid: i64,
    pub(crate) database: String,
    pub(crate) server: String,
    pub(crate) user: String,
    pub(crate) size: i64,
    /// UTC, as `2026-01-31T12:00:00Z`.
    pub(crate) at: String,
    /// The same in seconds since 1970.
    pub(crate) epoch: i64,
}

/// Asks for it.
pub(crate) fn identity(client: &mut Client) -> Result<Identity, Error> {
    let row = CatalogSession::open(client)?.row(include_str!("identity.sql"), &[])?;
    Ok(Identity {
        system: row.try_get(0)?,
        oid: row.try_get(1)?,
        database: row.try_get(2)?,
        server: row.try_get(3)?,
        user: row.try_get(4)?,
        size: row.try_get(5)?,
        at: row.try_get(6)?,
        epoch: row.try_get(7)?,
    })
}

impl Identity {
    /// As programs read it.
    pub(crate) fn json(&self) -> Value {
        json!({
            "system": self.system,
            "oid": self.oid,
            "name": self.database,
            "server": self.server,
            "user": self.user,
            "bytes": self.size,
        })
    }
}
