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
use postgres::types::{ToSql, Type};
use postgres::{
    Client, Error, GenericClient, IsolationLevel, Row, SimpleQueryMessage, Statement, Transaction,
};

/// For a lock in one of the many queries of a command.
const LOCK: Duration = Duration::from_secs(10);

/// For what takes a lock on each table, as `pg_dump` does.
const PATIENCE: Duration = Duration::from_secs(60);

/// A query of ours that takes so long is not going to end.
const STATEMENT: Duration = Duration::from_secs(300);

/// A transaction with our path and limits, or part of one that is open; with its end all that was set
/// is as it was. It only reads, so it is always rolled back.
pub(crate) struct CatalogSession<'c> {
    transaction: Transaction<'c>,
    /// How what follows an error is reached.
    way_on: &'static str,
}

/// A transaction may be the caller's.
const TO_SAVEPOINT: &str = "ROLLBACK TO SAVEPOINT pgstrata_own;\n";

/// A snapshot cannot be exported behind a savepoint.
const TO_ANOTHER: &str = concat!(
    "ROLLBACK;\nBEGIN;\n",
    include_str!("catalog_session/path.sql")
);

impl<'c> CatalogSession<'c> {
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
            TO_SAVEPOINT => include_str!("catalog_session/savepoint.sql"),
            _ => "",
        };
        let begin = [include_str!("catalog_session/path.sql"), limits, savepoint].concat();
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
                include_str!("catalog_session/in_the_way.sql").to_owned()
            } else {
                let objects = include_str!("schema/snapshot/objects.sql");
                let ask =
                    include_str!("catalog_session/odd_text.sql").replace("{code}", code.code());
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

    /// To be run on the same connection, by [`Own::rows`]: for the servers that we start, since behind a
    /// pooler the next transaction may be another session's.
    pub(crate) fn prepared(&mut self, query: &str) -> Result<Statement, Error> {
        let asked = self.transaction.prepare(query);
        self.explained(asked)
    }

    pub(crate) fn rows(
        &mut self,
        query: &(impl Asked + ?Sized),
        parameters: &[&dyn Value],
    ) -> Result<Vec<Row>, Error> {
        let asked = query.rows(&mut self.transaction, parameters);
        self.explained(asked)
    }

    /// The only row.
    pub(crate) fn row(
        &mut self,
        query: &(impl Asked + ?Sized),
        parameters: &[&dyn Value],
    ) -> Result<Row, Error> {
        let asked = query.row(&mut self.transaction, parameters);
        self.explained(asked)
    }

    pub(crate) fn row_if_any(
        &mut self,
        query: &(impl Asked + ?Sized),
        parameters: &[&dyn Value],
    ) -> Result<Option<Row>, Error> {
        Ok(self.rows(query, parameters)?.pop())
    }

    /// Rows as text, of a query without parameters.
    pub(crate) fn texts(&mut self, query: &str) -> Result<Vec<SimpleQueryMessage>, Error> {
        let asked = self.transaction.simple_query(query);
        self.explained(asked)
    }
}

/// A query that is sent as text, without a name in the session, or one that was prepared.
pub(crate) trait Asked {
    fn rows(&self, on: &mut Transaction<'_>, parameters: &[&dyn Value]) -> Result<Vec<Row>, Error>;
    fn row(&self, on: &mut Transaction<'_>, parameters: &[&dyn Value]) -> Result<Row, Error>;
}

impl Asked for str {
    fn rows(&self, on: &mut Transaction<'_>, parameters: &[&dyn Value]) -> Result<Vec<Row>, Error> {
        on.query_typed(self, &typed(parameters))
    }

    fn row(&self, on: &mut Transaction<'_>, parameters: &[&dyn Value]) -> Result<Row, Error> {
        on.query_typed_one(self, &typed(parameters))
    }
}

impl Asked for Statement {
    fn rows(&self, on: &mut Transaction<'_>, parameters: &[&dyn Value]) -> Result<Vec<Row>, Error> {
        on.query(self, &untyped(parameters))
    }

    fn row(&self, on: &mut Transaction<'_>, parameters: &[&dyn Value]) -> Result<Row, Error> {
        on.query_one(self, &untyped(parameters))
    }
}

/// What a query is given; its type says what the server would have to be asked for.
pub(crate) trait Value {
    fn typed(&self) -> (&(dyn ToSql + Sync), Type);
}

macro_rules! values {
    ($($value:ty: $type:ident),* $(,)?) => {
        $(impl Value for $value {
            fn typed(&self) -> (&(dyn ToSql + Sync), Type) {
                (self, Type::$type)
            }
        })*
    };
}

values! {
    bool: BOOL,
    i32: INT4,
    i64: INT8,
    u32: OID,
    f64: FLOAT8,
    &str: TEXT,
    String: TEXT,
    &String: TEXT,
    Option<&str>: TEXT,
    Option<&[String]>: TEXT_ARRAY,
    Vec<i64>: INT8_ARRAY,
    Vec<&str>: TEXT_ARRAY,
    Vec<String>: TEXT_ARRAY,
    &[&str]: TEXT_ARRAY,
    &[String]: TEXT_ARRAY,
    Vec<u32>: OID_ARRAY,
    &[u32]: OID_ARRAY,
}

fn typed<'a>(parameters: &[&'a dyn Value]) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
    parameters.iter().map(|it| it.typed()).collect()
}

fn untyped<'a>(parameters: &[&'a dyn Value]) -> Vec<&'a (dyn ToSql + Sync)> {
    parameters.iter().map(|it| it.typed().0).collect()
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
    let limits = include_str!("catalog_session/limits.sql").replace("{lock}", &seconds(lock));
    limits.replace("{statement}", &seconds(STATEMENT))
}

/// The names of relations, as the session's own path wants them written.
pub(crate) struct Names(BTreeMap<u32, (usize, String)>);

impl Names {
    /// Asks for those of the numbers.
    pub(crate) fn of(client: &mut Client, numbers: &[u32]) -> Result<Self, Error> {
        let rows = with_the_path_of_the_session(
            client,
            include_str!("catalog_session/names.sql"),
            &[&numbers],
        )?;
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
    parameters: &[&dyn Value],
) -> Result<Vec<Row>, Error> {
    let asked = client.query_typed(query, &typed(parameters));
    match asked {
        Err(error) if is_of_encoding(&error) => CatalogSession::open(client)?.explained(Err(error)),
        asked => asked,
    }
}
