//! Our own queries, where nobody's operator, function or type can take the place of a built-in one.
//!
//! PostgreSQL looks up a name without a schema along the search path, and an operator that fits the
//! types exactly comes before one that needs a cast, even one of `pg_catalog`. So whoever may create
//! in a schema of the path could have a query run code with the rights of the user who sent it
//! (PostgreSQL manual: Operator Type Resolution; CVE-2018-1058). A name with a schema is no way
//! out for `IN`, `CASE x WHEN`, `NULLIF` and `IS DISTINCT FROM`, whose operators have no name.
//! So each of our queries has a path of its own, and the session's is there again after it.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::str::Utf8Error;
use std::time::Duration;

use postgres::error::SqlState;
use postgres::types::ToSql;
use postgres::{
    Client, Error, GenericClient, IsolationLevel, Row, SimpleQueryMessage, Statement, ToStatement,
    Transaction,
};

/// For a lock in one of the many queries of a command.
const LOCK: Duration = Duration::from_secs(10);

/// For what takes a lock on each table, as `pg_dump` does.
const PATIENCE: Duration = Duration::from_secs(60);

/// A query of ours that takes so long is not going to end.
const STATEMENT: Duration = Duration::from_secs(300);

/// A transaction with our path and limits, or part of one that is open; with its end all that was set
/// is as it was. It only reads, so it is always rolled back.
pub(crate) struct Own<'c> {
    transaction: Transaction<'c>,
    /// How what follows an error is reached.
    way_on: &'static str,
}

/// A transaction may be the caller's.
const TO_SAVEPOINT: &str = "ROLLBACK TO SAVEPOINT pgstrata_own;\n";

/// A snapshot cannot be exported behind a savepoint.
const TO_ANOTHER: &str = concat!("ROLLBACK;\nBEGIN;\n", include_str!("own/path.sql"));

impl<'c> Own<'c> {
    /// On any connection.
    pub(crate) fn open(client: &'c mut impl GenericClient) -> Result<Self, Error> {
        Self::begin(client.transaction()?, &limits(LOCK), TO_SAVEPOINT)
    }

    /// The same for what takes many locks.
    pub(crate) fn patient(client: &'c mut impl GenericClient) -> Result<Self, Error> {
        Self::begin(client.transaction()?, &limits(PATIENCE), TO_SAVEPOINT)
    }

    /// Sees the database as it is at one moment, and waits for no lock indefinitely.
    pub(crate) fn at_one_moment(client: &'c mut Client) -> Result<Self, Error> {
        let transaction = client
            .build_transaction()
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()?;
        Self::begin(transaction, &limits(PATIENCE), TO_ANOTHER)
    }

    /// With the session's limits alone: for what reads the rows of whole tables, and for what waits
    /// until another program is done.
    pub(crate) fn unlimited(client: &'c mut impl GenericClient) -> Result<Self, Error> {
        Self::begin(client.transaction()?, "", TO_SAVEPOINT)
    }

    fn begin(
        mut transaction: Transaction<'c>,
        limits: &str,
        way_on: &'static str,
    ) -> Result<Self, Error> {
        let savepoint = match way_on {
            TO_SAVEPOINT => include_str!("own/savepoint.sql"),
            _ => "",
        };
        let begin = [include_str!("own/path.sql"), limits, savepoint].concat();
        transaction.batch_execute(&begin)?;
        Ok(Self {
            transaction,
            way_on,
        })
    }

    /// Where a lock could not be had, the server's error says instead who has it, if anybody is seen;
    /// where a text could not be read as UTF-8, which objects have such.
    pub(crate) fn explained<T>(&mut self, asked: Result<T, Error>) -> Result<T, Error> {
        asked.map_err(|error| {
            let code = match error.code() {
                Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE => code.clone(),
                _ if is_of_encoding(&error) => SqlState::CHARACTER_NOT_IN_REPERTOIRE,
                _ => return error,
            };
            let ask = if code == SqlState::LOCK_NOT_AVAILABLE {
                include_str!("own/in_the_way.sql").to_owned()
            } else {
                let objects = include_str!("snapshot/objects.sql");
                let ask = include_str!("own/odd_text.sql").replace("{code}", code.code());
                ask.replace("{objects}", objects)
            };
            let said = self
                .transaction
                .batch_execute(&[self.way_on, &ask].concat());
            let is_same = |said: &Error| said.code() == Some(&code);
            said.err().filter(is_same).unwrap_or(error)
        })
    }

    /// Settings for the queries that follow.
    pub(crate) fn set(&mut self, settings: &str) -> Result<(), Error> {
        let asked = self.transaction.batch_execute(settings);
        self.explained(asked)
    }

    /// To be run on the same connection, by any of these.
    pub(crate) fn prepared(&mut self, query: &str) -> Result<Statement, Error> {
        let asked = self.transaction.prepare(query);
        self.explained(asked)
    }

    pub(crate) fn rows<T>(
        &mut self,
        query: &T,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Error>
    where
        T: ?Sized + ToStatement,
    {
        let asked = self.transaction.query(query, parameters);
        self.explained(asked)
    }

    pub(crate) fn row<T>(
        &mut self,
        query: &T,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Row, Error>
    where
        T: ?Sized + ToStatement,
    {
        let asked = self.transaction.query_one(query, parameters);
        self.explained(asked)
    }

    pub(crate) fn row_if_any<T>(
        &mut self,
        query: &T,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, Error>
    where
        T: ?Sized + ToStatement,
    {
        let asked = self.transaction.query_opt(query, parameters);
        self.explained(asked)
    }

    /// Rows as text, of a query without parameters.
    pub(crate) fn texts(&mut self, query: &str) -> Result<Vec<SimpleQueryMessage>, Error> {
        let asked = self.transaction.simple_query(query);
        self.explained(asked)
    }
}

/// Whether a text could not be read, or sent, since UTF-8 and the database's encoding differ. Where both
/// are the same the server does not look at what it sends, but the client does.
pub(crate) fn is_of_encoding(error: &Error) -> bool {
    let codes = [
        SqlState::CHARACTER_NOT_IN_REPERTOIRE,
        SqlState::UNTRANSLATABLE_CHARACTER,
    ];
    let is_of_client = || {
        error
            .source()
            .is_some_and(<dyn std::error::Error>::is::<Utf8Error>)
    };
    error.code().is_some_and(|code| codes.contains(code)) || is_of_client()
}

fn limits(lock: Duration) -> String {
    let seconds = |limit: Duration| limit.as_secs().to_string();
    let limits = include_str!("own/limits.sql").replace("{lock}", &seconds(lock));
    limits.replace("{statement}", &seconds(STATEMENT))
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
    let asked = client.query(query, parameters);
    match asked {
        Err(error) if is_of_encoding(&error) => Own::open(client)?.explained(Err(error)),
        asked => asked,
    }
}
