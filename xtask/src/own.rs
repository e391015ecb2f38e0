//! Our own queries, where nobody's operator, function or type can take the place of a built-in one.
//!
//! PostgreSQL looks up a name without a schema along the search path, and an operator that fits the
//! types exactly comes before one that needs a cast, even one of `pg_catalog`. So whoever may create
//! in a schema of the path could have a query run code with the rights of the user who sent it
//! (PostgreSQL manual: Operator Type Resolution; CVE-2018-1058). A name with a schema is no way
//! out for `IN`, `CASE x WHEN`, `NULLIF` and `IS DISTINCT FROM`, whose operators have no name.
//! So each of our queries has a path of its own, and the session's is there again after it.

use std::collections::BTreeMap;

use postgres::types::ToSql;
use postgres::{
    Client, Error, GenericClient, IsolationLevel, Row, SimpleQueryMessage, Statement, ToStatement,
    Transaction,
};

use crate::connect::PATIENCE;

/// A transaction with our path, or part of one that is open; with its end all that was set is as
/// it was. It only reads, so it is always rolled back.
pub(crate) struct Own<'c>(Transaction<'c>);

impl<'c> Own<'c> {
    /// On any connection.
    pub(crate) fn open(client: &'c mut impl GenericClient) -> Result<Self, Error> {
        let mut transaction = client.transaction()?;
        transaction.batch_execute(include_str!("own/path.sql"))?;
        Ok(Self(transaction))
    }

    /// Sees the database as it is at one moment, and waits for no lock indefinitely.
    pub(crate) fn at_one_moment(client: &'c mut Client) -> Result<Self, Error> {
        let mut transaction = client
            .build_transaction()
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()?;
        transaction.batch_execute(include_str!("own/path.sql"))?;
        transaction.batch_execute(PATIENCE)?;
        Ok(Self(transaction))
    }

    /// Settings for the queries that follow.
    pub(crate) fn set(&mut self, settings: &str) -> Result<(), Error> {
        self.0.batch_execute(settings)
    }

    /// To be run on the same connection, by any of these.
    pub(crate) fn prepared(&mut self, query: &str) -> Result<Statement, Error> {
        self.0.prepare(query)
    }

    pub(crate) fn rows<T>(
        &mut self,
        query: &T,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Error>
    where
        T: ?Sized + ToStatement,
    {
        self.0.query(query, parameters)
    }

    pub(crate) fn row<T>(
        &mut self,
        query: &T,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Row, Error>
    where
        T: ?Sized + ToStatement,
    {
        self.0.query_one(query, parameters)
    }

    pub(crate) fn row_if_any<T>(
        &mut self,
        query: &T,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, Error>
    where
        T: ?Sized + ToStatement,
    {
        self.0.query_opt(query, parameters)
    }

    /// Rows as text, of a query without parameters.
    pub(crate) fn texts(&mut self, query: &str) -> Result<Vec<SimpleQueryMessage>, Error> {
        self.0.simple_query(query)
    }
}

/// The names of relations, as the session's own path wants them written.
pub(crate) struct Names(BTreeMap<u32, (usize, String)>);

impl Names {
    /// Asks for those of the numbers.
    pub(crate) fn of(client: &mut Client, numbers: &[u32]) -> Result<Self, Error> {
        let rows =
            with_the_path_of_the_session(client, include_str!("own/names.sql"), &[&numbers])?;
        let names = rows
            .iter()
            .enumerate()
            .map(|(place, row)| Ok((row.try_get(0)?, (place, row.try_get(1)?))));
        names.collect::<Result<_, Error>>().map(Self)
    }

    /// One of them, with its place among the others.
    pub(crate) fn placed(&self, number: u32) -> (usize, String) {
        self.0.get(&number).cloned().unwrap_or_default()
    }

    /// One of them.
    pub(crate) fn name(&self, number: u32) -> String {
        self.placed(number).1
    }
}

/// Only for a query in which nothing is looked up along a path: every function, type and table
/// has its schema, and there is no operator. What it reads or prints is what the session's user would.
pub(crate) fn with_the_path_of_the_session(
    client: &mut Client,
    query: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, Error> {
    client.query(query, parameters)
}
