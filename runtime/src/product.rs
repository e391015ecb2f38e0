//! Servers that speak PostgreSQL's protocol and are not PostgreSQL: refused by name.
//!
//! Each of them keeps less than a run relies on: advisory locks that lock nothing, DDL that no
//! transaction takes back, catalogs that do not tell how far a statement came.

use std::fmt;

use crate::cause::Cause;
use crate::error::{Error, ErrorKind, Result};
use crate::messages;
use crate::own;
use crate::row::{Row, Unreadable};
use crate::server::Server;

/// What a server is, where it is not PostgreSQL.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Product {
    CockroachDb,
    YugabyteDb,
    Dsql,
    CitusWorker,
}

impl Product {
    /// From what `version()` says.
    fn of_version(version: &str) -> Option<Self> {
        if version.starts_with("CockroachDB") {
            return Some(Self::CockroachDb);
        }
        version.contains("-YB-").then_some(Self::YugabyteDb)
    }

    /// From a row of `session.sql`; of Citus, [`citus`](Self::citus) asks more.
    pub(crate) fn of_session(row: Row<'_>) -> Result<Option<Self>, Unreadable> {
        let version: String = row.get("version")?;
        let is_dsql: bool = row.get("is_dsql")?;
        Ok(Self::of_version(&version).or_else(|| is_dsql.then_some(Self::Dsql)))
    }

    /// Whether a server that has Citus is a worker, whose tables the coordinator makes.
    pub(crate) async fn citus(server: &mut dyn Server) -> Result<Option<Self>, Cause> {
        let query = include_str!("sql/session/citus_group.sql").trim_end();
        let sets = own::ask(server, query, own::BRIEF).await?;
        let group = sets.iter().flatten().next();
        let group: Option<i32> = group.map(|row| row.get("group_id")).transpose()?;
        Ok(group.filter(|group| *group > 0).map(|_| Self::CitusWorker))
    }

    /// What a server is that does not answer as PostgreSQL would.
    pub(crate) async fn ask(server: &mut dyn Server) -> Option<Self> {
        let query = include_str!("sql/session/version.sql");
        let sets = own::rows(server, query).await.ok()?;
        Self::of_version(sets.first()?.first()?.text(0)?)
    }

    /// The refusal of it.
    pub(crate) fn refused(self) -> Error {
        let message = if self == Self::CitusWorker {
            messages::citus_worker()
        } else {
            messages::other_product(&self)
        };
        Error::new(ErrorKind::Refused, None, message, None)
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CockroachDb => "CockroachDB",
            Self::YugabyteDb => "YugabyteDB",
            Self::Dsql => "Aurora DSQL",
            Self::CitusWorker => "a Citus worker",
        })
    }
}

/// Replaces an error by the refusal, if the server is another product.
pub(crate) async fn explained<T>(server: &mut dyn Server, result: Result<T>) -> Result<T> {
    match result {
        Err(error) if error.database_error().is_some() && error.report().is_empty() => {
            Err(Product::ask(server).await.map_or(error, Product::refused))
        }
        result => result,
    }
}
