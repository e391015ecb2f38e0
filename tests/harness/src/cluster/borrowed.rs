//! A server that somebody else runs, named by `$PGSTRATA_TEST_URL`: ours are
//! only the databases that we create there.

use std::mem;
use std::sync::{Mutex, PoisonError};

use postgres::{Config, NoTls};

use super::{ClusterError, percent_encode, quote_identifier};

#[derive(Debug)]
pub(super) struct Borrowed {
    url: String,
    config: Config,
    created: Mutex<Vec<String>>,
}

impl Borrowed {
    pub(super) fn new(url: String) -> Result<Self, ClusterError> {
        let config = url.parse().map_err(|cause: postgres::Error| {
            ClusterError::new("reading $PGSTRATA_TEST_URL; write postgresql://user@host/database")
                .caused_by(cause)
        })?;
        Ok(Self {
            url,
            config,
            created: Mutex::default(),
        })
    }

    pub(super) fn url(&self, database: &str) -> String {
        with_database(&self.url, database)
    }

    pub(super) fn config(&self) -> Config {
        self.config.clone()
    }

    /// Takes a database to drop in the end.
    pub(super) fn remember(&self, database: &str) {
        let mut created = self.created.lock().unwrap_or_else(PoisonError::into_inner);
        created.push(database.to_owned());
    }

    /// Drops the databases created here, whoever is still connected to them.
    pub(super) fn stop(&mut self) -> Result<(), ClusterError> {
        let created = self
            .created
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let created = mem::take(created);
        if created.is_empty() {
            return Ok(());
        }
        let failed = |cause| {
            let names = created.join(", ");
            ClusterError::new(format!(
                "dropping databases {names} at $PGSTRATA_TEST_URL; drop them by hand"
            ))
            .caused_by(cause)
        };
        let mut client = self.config.connect(NoTls).map_err(failed)?;
        let mut outcome = Ok(());
        for name in &created {
            let sql = format!(
                "DROP DATABASE IF EXISTS {} WITH (FORCE)",
                quote_identifier(name)
            );
            outcome = outcome.and(client.batch_execute(&sql));
        }
        outcome.map_err(failed)
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        // A drop has nobody to tell; `Cluster::stop` reports this.
        let _ = self.stop();
    }
}

/// The same address with another database, in either of libpq's two forms:
/// <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING>.
fn with_database(url: &str, database: &str) -> String {
    let (Some((scheme, rest)), true) = (url.split_once("://"), url.starts_with("postgres")) else {
        // Of a keyword given twice the last one counts.
        let database = database.replace('\\', r"\\").replace('\'', r"\'");
        return format!("{url} dbname='{database}'");
    };
    let (address, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, _) = address.split_once('/').unwrap_or((address, ""));
    let database = percent_encode(database.as_bytes());
    let parameters: Vec<&str> = parameters
        .split('&')
        .filter(|parameter| !parameter.is_empty() && !parameter.starts_with("dbname="))
        .collect();
    let question_mark = if parameters.is_empty() { "" } else { "?" };
    format!(
        "{scheme}://{authority}/{database}{question_mark}{}",
        parameters.join("&")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_of_an_address_is_replaced_and_nothing_else() {
        let check = |url: &str, database: &str, expected: &str| {
            assert_eq!(with_database(url, database), expected);
            let config: Config = expected.parse().unwrap();
            assert_eq!(config.get_dbname(), Some(database), "{expected}");
        };
        check(
            "postgresql://me:pw@h:1/old",
            "new",
            "postgresql://me:pw@h:1/new",
        );
        check("postgres://h", "a/b?c", "postgres://h/a%2Fb%3Fc");
        check(
            "postgres://h/?connect_timeout=9",
            "new",
            "postgres://h/new?connect_timeout=9",
        );
        check("postgres://h?dbname=old", "new", "postgres://h/new");
        check(
            "host=h dbname=old",
            r"a'\b",
            r"host=h dbname=old dbname='a\'\\b'",
        );
    }
}
