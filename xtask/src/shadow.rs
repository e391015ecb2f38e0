//! One database of the throw-away server, with what a rehearsal does to it.

pub(crate) mod servers;
pub(crate) mod before;
mod rows;
pub(crate) mod start;
pub(crate) mod search_path;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use pgstrata::embedded::{Mode, Script};
use pgstrata::{DatabaseError, Goal, Migrations, Migrator};
use pgstrata_compiler::cursor::Name;
use pgstrata_compiler::diagnostic::Diagnostic;
use postgres::{Client, Error, GenericClient, Statement};

use crate::catalog_session::CatalogSession;
use crate::cluster::Cluster;
use crate::failure::Failure;
use crate::names::identifier;
use crate::schema::current_schema::CurrentSchema;
use crate::schema::snapshot::{self, Snapshot};
use search_path::SearchPath;

/// Where the history is kept, out of sight of the migrations and of the comparison.
pub(crate) const HISTORY: &str = "pgstrata_rehearsal";

/// Names are given once on a server.
static NEXT: AtomicUsize = AtomicUsize::new(0);

/// A database and a connection to it.
pub(crate) struct ShadowDatabase<'c> {
    cluster: &'c Cluster,
    name: String,
    /// Where names without a schema are looked up; as the server has it where it is empty.
    path: Vec<String>,
    link: Option<Link>,
}

/// What belongs to one connection.
pub(crate) struct Link {
    pub(crate) client: Client,
    pub(crate) queries: Queries,
}

/// What reads a snapshot.
pub(crate) struct Queries {
    objects: Statement,
    /// Nothing on a server where others make roles as well.
    roles: Option<Statement>,
}

/// Why a script stopped.
pub(crate) struct Stopped {
    pub(crate) code: String,
    pub(crate) text: String,
}

impl<'c> ShadowDatabase<'c> {
    /// A new database, after the prelude. Its sessions have this search path from their beginning.
    pub(crate) fn open(
        cluster: &'c Cluster,
        prelude: Option<&str>,
        path: &SearchPath,
    ) -> Result<Self, Failure> {
        let mut shadow = Self {
            path: path.schemas.clone(),
            ..Self::empty(cluster)?
        };
        let client = &mut shadow.link()?.client;
        client
            .batch_execute(&format!("CREATE SCHEMA {HISTORY}"))
            .map_err(caused)?;
        if let Some(prelude) = prelude {
            client.batch_execute(prelude).map_err(|error| {
                Failure::configuration(format!("tests/prelude.sql fails: {}", sentence(&error)))
            })?;
            client.batch_execute("DISCARD ALL").map_err(caused)?;
        }
        for schema in &path.given {
            let sql = format!("CREATE SCHEMA IF NOT EXISTS {}", identifier(schema));
            client.batch_execute(&sql).map_err(caused)?;
        }
        Ok(shadow)
    }

    /// From now on names lead where they do in another database: its schemas are there, and stand in the path.
    pub(crate) fn on_the_path_of(&mut self, home: &CurrentSchema) -> Result<(), Failure> {
        let (name, path) = (identifier(&self.name), home.path.join(", "));
        let made = home.made();
        let sql = format!("{made}ALTER DATABASE {name} SET search_path = {path}");
        let client = &mut self.link()?.client;
        client.batch_execute(&sql).map_err(caused)?;
        // A session has it from its beginning.
        self.link = None;
        Ok(())
    }

    /// Makes what can be made here.
    pub(crate) fn try_each(&mut self, statements: &[String]) -> Result<(), Failure> {
        let client = &mut self.link()?.client;
        for statement in statements {
            let _ = client.batch_execute(statement);
        }
        Ok(())
    }

    /// A new database, with nothing in it.
    pub(crate) fn empty(cluster: &'c Cluster) -> Result<Self, Failure> {
        let name = next_name();
        cluster
            .create_database(&name)
            .map_err(|error| Failure::caused(&error))?;
        Ok(Self {
            cluster,
            name,
            path: Vec::new(),
            link: None,
        })
    }

    /// Its name on the server.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The same database once more.
    pub(crate) fn copy(&mut self) -> Result<Self, Failure> {
        // A database that is copied must have no connections.
        self.link = None;
        let name = next_name();
        self.cluster
            .copy_database(&self.name, &name)
            .map_err(|error| Failure::caused(&error))?;
        Ok(Self {
            cluster: self.cluster,
            name,
            path: self.path.clone(),
            link: None,
        })
    }

    /// Removes it.
    pub(crate) fn discard(mut self) -> Result<(), Failure> {
        self.link = None;
        self.cluster
            .drop_database(&self.name)
            .map_err(|error| Failure::caused(&error))
    }

    /// The connection, made where there is none.
    pub(crate) fn link(&mut self) -> Result<&mut Link, Failure> {
        if self.link.is_none() {
            let mut client = self.connect()?;
            let mut own = CatalogSession::open(&mut client).map_err(caused)?;
            let objects = snapshot::prepare(&mut own).map_err(caused)?;
            let is_alone = !self.cluster.is_borrowed();
            let roles = is_alone
                .then(|| snapshot::prepare_roles(&mut own))
                .transpose();
            drop(own);
            let queries = Queries {
                objects,
                roles: roles.map_err(caused)?,
            };
            self.link = Some(Link { client, queries });
        }
        self.link
            .as_mut()
            .ok_or_else(|| Failure::configuration("no connection"))
    }

    /// One more connection, beside that of the shadow.
    pub(crate) fn connect(&self) -> Result<Client, Failure> {
        let mut config = self.cluster.config(&self.name);
        if !self.path.is_empty() {
            let other = config.get_options().unwrap_or_default();
            let options = format!("{other} -c search_path={}", search_path::option(&self.path));
            config.options(&options);
        }
        config.connect(postgres::NoTls).map_err(caused)
    }

    /// What it holds.
    pub(crate) fn snapshot(&mut self) -> Result<Snapshot, Failure> {
        let Link { client, queries } = self.link()?;
        snapshot(client, queries).map_err(caused)
    }

    /// The roles of its server, whoever made them; none where others make some as well.
    pub(crate) fn roles(&mut self) -> Result<BTreeSet<String>, Failure> {
        let Link { client, queries } = self.link()?;
        let mut snapshot = Snapshot::default();
        if let Some(roles) = &queries.roles {
            snapshot.add_roles(client, roles).map_err(caused)?;
        }
        Ok(snapshot.roles().map(str::to_owned).collect())
    }

    /// Drops the roles that are new, and makes those anew that are gone, so that migrations meet
    /// what they met before. No other database may use them.
    pub(crate) fn restore_roles(&mut self, before: &BTreeSet<String>) -> Result<(), Failure> {
        let now = self.roles()?;
        let client = &mut self.link()?.client;
        let gone = before
            .difference(&now)
            .map(|role| format!("CREATE ROLE {role}"));
        for statement in now
            .difference(before)
            .map(|role| format!("DROP ROLE {role}"))
            .chain(gone)
        {
            // What cannot be put right is found when the migrations run.
            let _ = client.batch_execute(&statement);
        }
        Ok(())
    }

    /// Applies what is pending up to a version, as a service would; how long the last step
    /// took, or why it failed.
    pub(crate) fn up(
        &mut self,
        migrations: &Migrations<'_>,
        version: u64,
    ) -> Result<Option<Duration>, String> {
        let versioned = versioned(migrations);
        let client = &mut self.link().map_err(|error| error.to_string())?.client;
        let report = migrator(&versioned).up_to(client, version);
        let report = report.map_err(|error| told(&error))?;
        Ok(report.steps.last().and_then(|step| step.duration))
    }

    /// Applies everything, the repeatable scripts too.
    pub(crate) fn up_all(&mut self, migrations: &Migrations<'_>) -> Result<(), String> {
        let client = &mut self.link().map_err(|error| error.to_string())?.client;
        migrator(migrations)
            .up(client)
            .map(drop)
            .map_err(|error| told(&error))
    }

    /// The versions that `up` would apply; an error where it would refuse.
    pub(crate) fn pending(&mut self, migrations: &Migrations<'_>) -> Result<Vec<u64>, Failure> {
        let versioned = versioned(migrations);
        let plan = migrator(&versioned).plan(&mut self.link()?.client, Goal::All);
        let plan = plan.map_err(|error| Failure::configuration(told(&error)))?;
        Ok(plan.steps.iter().filter_map(|step| step.version).collect())
    }

    /// Fills empty tables.
    pub(crate) fn fill(&mut self, rows: u32) -> Result<(), Failure> {
        self.fill_all_but(&[], rows)
    }

    /// The same, but for some.
    pub(crate) fn fill_all_but(&mut self, except: &[&Name], rows: u32) -> Result<(), Failure> {
        rows::fill(&mut self.link()?.client, rows, except, HISTORY).map_err(caused)
    }

    /// Rolls back the newest `steps` ones.
    pub(crate) fn down(&mut self, migrations: &Migrations<'_>, steps: usize) -> Result<(), String> {
        let versioned = versioned(migrations);
        let client = &mut self.link().map_err(|error| error.to_string())?.client;
        migrator(&versioned)
            .down(client, steps)
            .map(drop)
            .map_err(|error| told(&error))
    }
}

/// Repeatable scripts build on all migrations, so they wait until those are there.
fn versioned<'m>(migrations: &Migrations<'m>) -> Migrations<'m> {
    let mut versioned = *migrations;
    versioned.repeatables = &[];
    versioned
}

fn migrator<'m>(migrations: &'m Migrations<'m>) -> Migrator<'m> {
    Migrator::new(migrations)
        .history(HISTORY, "history")
        .allow_contract()
        // What a server says of it is the finding.
        .allow_in_use()
}

fn next_name() -> String {
    format!(
        "rehearsal_{}_{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

/// What the database holds, seen from inside a transaction or outside.
pub(crate) fn snapshot(
    client: &mut impl GenericClient,
    queries: &Queries,
) -> Result<Snapshot, Error> {
    let mut snapshot = Snapshot::take(client, &queries.objects, HISTORY)?;
    if let Some(roles) = &queries.roles {
        snapshot.add_roles(client, roles)?;
    }
    Ok(snapshot)
}

/// Runs a script in an open transaction, statement by statement.
pub(crate) fn play(
    client: &mut impl GenericClient,
    file: &str,
    script: &Script<'_>,
) -> Result<(), Stopped> {
    for statement in script.statements() {
        client
            .batch_execute(script.text(statement))
            .map_err(|error| {
                let code = error
                    .code()
                    .map(|code| code.code().to_owned())
                    .unwrap_or_default();
                let text = format!("{file}:{}: {}", statement.line, sentence(&error));
                Stopped { code, text }
            })?;
    }
    // What the script has set for its transaction ends with it.
    client
        .batch_execute("RESET ROLE; RESET ALL")
        .map_err(|error| Stopped {
            code: String::new(),
            text: format!("{file}: {}", sentence(&error)),
        })
}

/// What stopped a run, without the advice for a database that somebody needs.
fn told(error: &pgstrata::Error) -> String {
    match (error.label(), error.database_error()) {
        (Some(label), Some(cause)) => format!("{label}: {}", of_server(cause)),
        _ => error.to_string(),
    }
}

/// An error of the server on one line.
pub(crate) fn sentence(error: &Error) -> String {
    let said = error.as_db_error().map(DatabaseError::from);
    said.map_or_else(|| error.to_string(), |said| of_server(&said))
}

fn of_server(error: &DatabaseError) -> String {
    let first = format!("{} (SQLSTATE {})", error.message(), error.code());
    let more = [error.detail(), error.hint()].into_iter().flatten();
    std::iter::once(&*first)
        .chain(more)
        .collect::<Vec<_>>()
        .join("; ")
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
pub(crate) fn caused(error: Error) -> Failure {
    Failure::caused(&error)
}

/// What was found in a file that runs on it.
pub(super) fn said(found: &[Diagnostic]) -> Failure {
    let lines = found.iter().map(|found| {
        let file = found.labels.first().map_or("", |label| &*label.file);
        format!(
            "{file}: {}; {}",
            found.message,
            found.help.as_deref().unwrap_or_default()
        )
    });
    Failure::check(lines.collect::<Vec<_>>().join("\n"))
}

/// What a transaction refuses only because both ways are in the same one: a table with
/// pending trigger events, and a new value of an enum.
pub(crate) const ONLY_TOGETHER: [&str; 2] = ["55006", "55P04"];

/// Whether a transaction of anybody can run it.
pub(crate) fn is_plain(script: &Script<'_>) -> bool {
    script.mode == Mode::Transaction && script.special.is_empty()
}
