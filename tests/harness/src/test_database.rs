//! A database for each test, with the migrations applied.

use std::collections::BTreeSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use pgstrata::{Migrations, Migrator};
use postgres::{Client, Config, NoTls};

use crate::causes::with_causes;
use crate::cluster::{Cluster, ClusterError};

/// A fresh database with all migrations applied, gone when it is dropped.
///
/// The first one of a process starts a throw-away server ([`Cluster`]) and applies the
/// migrations to a template; each is a copy of that, made in some ten milliseconds. Tests may
/// run side by side, also inside an async runtime, and each in a process of its own, as nextest
/// runs them; then each starts a server, unless `$PGSTRATA_TEST_URL` names one for all, where
/// the template stays for the next time.
///
/// ```no_run
/// # mod schema { pub static MIGRATIONS: pgstrata::Migrations<'static> =
/// #     pgstrata::Migrations::new("", &[], &[]); }
/// use pgstrata_testing::TestDatabase;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // #[test]
/// let database = TestDatabase::new(&schema::MIGRATIONS)?;
/// let mut client = database.config().connect(postgres::NoTls)?;
/// assert!(client.query("TABLE account", &[])?.is_empty());
/// # Ok(()) }
/// ```
///
/// Other clients take the address, such as `tokio_postgres`:
///
/// ```no_run
/// # mod schema { pub static MIGRATIONS: pgstrata::Migrations<'static> =
/// #     pgstrata::Migrations::new("", &[], &[]); }
/// # async fn test() -> Result<(), Box<dyn std::error::Error>> {
/// // #[tokio::test]
/// let database = pgstrata_testing::TestDatabase::new(&schema::MIGRATIONS)?;
/// let (client, connection) =
///     tokio_postgres::connect(database.url(), tokio_postgres::NoTls).await?;
/// tokio::spawn(connection);
/// assert!(client.query("TABLE account", &[]).await?.is_empty());
/// # Ok(()) }
/// ```
///
/// and `sqlx`:
///
/// ```text
/// #[tokio::test]
/// async fn accounts_have_one_address() {
///     let database = pgstrata_testing::TestDatabase::new(&schema::MIGRATIONS).unwrap();
///     let pool = sqlx::PgPool::connect(database.url()).await.unwrap();
///     assert!(sqlx::query("TABLE account").fetch_all(&pool).await.unwrap().is_empty());
/// }
/// ```
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    url: String,
    config: Config,
}

/// Why there is no database: what was being done, and what to do.
#[derive(Debug)]
pub struct TestDatabaseError(String);

impl TestDatabase {
    /// A database with the migrations.
    ///
    /// # Errors
    ///
    /// When there is no server to be had, and when a migration fails.
    pub fn new(migrations: &Migrations<'_>) -> Result<Self, TestDatabaseError> {
        Self::after("", migrations)
    }

    /// The same, with SQL that runs before the migrations: roles, and the tables of somebody
    /// else.
    ///
    /// # Errors
    ///
    /// As [`TestDatabase::new`], and when the SQL fails.
    pub fn after(prelude: &str, migrations: &Migrations<'_>) -> Result<Self, TestDatabaseError> {
        // The client blocks on a runtime of its own, which one that runs already refuses.
        thread::scope(|scope| {
            let made = scope.spawn(|| made(prelude, migrations)).join();
            made.unwrap_or_else(|_| Err(TestDatabaseError("the thread has panicked".to_owned())))
        })
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How to connect to it, without TLS.
    pub fn config(&self) -> Config {
        self.config.clone()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Ok(cluster) = server() {
            // A drop has nobody to tell, and a server of our own goes with everything.
            thread::scope(|scope| {
                let _ = scope.spawn(|| cluster.drop_database(&self.name)).join();
            });
        }
    }
}

/// The server of this process.
fn server() -> Result<&'static Cluster, TestDatabaseError> {
    static SERVER: OnceLock<Result<Cluster, String>> = OnceLock::new();
    let started = SERVER.get_or_init(|| Cluster::start(None).map_err(|error| with_causes(&error)));
    started
        .as_ref()
        .map_err(|error| TestDatabaseError(error.clone()))
}

fn made(prelude: &str, migrations: &Migrations<'_>) -> Result<TestDatabase, TestDatabaseError> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let cluster = server()?;
    let template = template(cluster, prelude, migrations)?;
    let name = format!(
        "test_{}_{}",
        process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    let url = cluster.copy_database(&template, &name)?;
    let config = cluster.config(&name);
    Ok(TestDatabase { name, url, config })
}

/// The name of a database that holds all and is only copied; on a server that others use as
/// well, whoever comes first makes it.
fn template(
    cluster: &Cluster,
    prelude: &str,
    migrations: &Migrations<'_>,
) -> Result<String, TestDatabaseError> {
    static MADE: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let name = format!(
        "pgstrata_template_{:016x}",
        fingerprint(prelude, migrations)
    );
    let mut templates = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if templates.contains(&name) {
        return Ok(name);
    }
    // The lock ends with the connection, not with the transaction.
    let mut home = cluster.connect()?;
    home.batch_execute(include_str!("test_database/lock.sql"))?;
    let found = home.query(include_str!("test_database/find.sql"), &[&name])?;
    if found.is_empty() {
        let unready = format!("{name}_unready");
        cluster.drop_database(&unready)?;
        let url = cluster.create_database(&unready)?;
        let mut client = Client::connect(&url, NoTls)?;
        client.batch_execute(prelude)?;
        client.batch_execute("DISCARD ALL")?;
        let applied = Migrator::new(migrations).allow_contract().up(&mut client);
        applied.map_err(|error| TestDatabaseError(error.to_string()))?;
        drop(client);
        cluster.rename_database(&unready, &name)?;
    }
    templates.insert(name.clone());
    Ok(name)
}

/// The same for the same SQL.
fn fingerprint(prelude: &str, migrations: &Migrations<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    prelude.hash(&mut hasher);
    migrations
        .checksums()
        .for_each(|file| file.hash(&mut hasher));
    hasher.finish()
}

impl fmt::Display for TestDatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TestDatabaseError {}

impl From<ClusterError> for TestDatabaseError {
    fn from(error: ClusterError) -> Self {
        Self(with_causes(&error))
    }
}

impl From<postgres::Error> for TestDatabaseError {
    fn from(error: postgres::Error) -> Self {
        Self(with_causes(&error))
    }
}
