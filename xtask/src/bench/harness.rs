//! The server of a session, its databases, and the subjects' runs on them.

use std::cell::{OnceCell, RefCell};
use std::path::PathBuf;
use std::process::Command;

use postgres::NoTls;

use super::build::{Builder, Profile};
use super::program::Program;
use super::subject::{self, Run, Subject};
use crate::choice::Choice as _;
use crate::cluster::Cluster;
use crate::failure::Failure;

/// One server, started when it is needed first, and programs built when they are.
pub(super) struct Harness {
    pub(super) builder: Builder,
    /// Of the programs that are run.
    profile: Profile,
    cluster: OnceCell<Cluster>,
    binaries: RefCell<Vec<((Program, usize), PathBuf)>>,
    databases: RefCell<usize>,
}

/// What to do with migrations.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verb {
    /// Connect and leave.
    Connect,
    /// Apply what is pending.
    Up,
    /// Roll everything back.
    Down,
    /// The floor, on pgstrata's history: one query for what is applied.
    Ask,
    /// Say what would be done; only pgstrata does.
    Plan,
}

impl Harness {
    pub(super) fn new(builder: Builder, profile: Profile) -> Self {
        Self {
            builder,
            profile,
            cluster: OnceCell::new(),
            binaries: RefCell::default(),
            databases: RefCell::default(),
        }
    }

    /// The server.
    pub(super) fn server(&self) -> Result<&Cluster, Failure> {
        if self.cluster.get().is_none() {
            let cluster = Cluster::start(None).map_err(|error| Failure::caused(&error))?;
            let _ = self.cluster.set(cluster);
        }
        self.cluster
            .get()
            .ok_or_else(|| Failure::configuration("there is no server"))
    }

    /// Gives an empty database's name to `act`, and drops it afterwards.
    pub(super) fn with_database<T>(
        &self,
        act: impl FnOnce(&str) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let name = self.create_database()?;
        let result = act(&name);
        let server = self.server()?;
        let dropped = server
            .config("postgres")
            .connect(NoTls)
            .and_then(|mut client| {
                client.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"))
            });
        let value = result?;
        dropped.map_err(|error| Failure::caused(&error))?;
        Ok(value)
    }

    /// An empty database that stays as long as the server.
    pub(super) fn create_database(&self) -> Result<String, Failure> {
        let mut count = self.databases.borrow_mut();
        *count += 1;
        // A borrowed server may have those of another bench.
        let name = format!("bench_{}_{count}", std::process::id());
        self.server()?
            .create_database(&name)
            .map_err(|error| Failure::caused(&error))?;
        Ok(name)
    }

    /// Leaves it as if what was done had been done long ago.
    pub(super) fn vacuum(&self, database: &str) -> Result<(), Failure> {
        let client = self.server()?.config(database).connect(NoTls);
        let done = client.and_then(|mut client| client.batch_execute("VACUUM ANALYZE"));
        done.map_err(|error| Failure::caused(&error))
    }

    /// Has the subject act on a database, so many times on a connection each.
    pub(super) fn act(
        &self,
        (subject, count): (Subject, usize),
        (verb, times): (Verb, usize),
        url: &str,
    ) -> Result<Run, Failure> {
        let command = self.command((subject, count), (verb, times), url)?;
        match subject.program() {
            Program::Psql => subject::run_psql(&command),
            _ => subject::run(&command),
        }
    }

    /// The same, to be run by the caller.
    pub(super) fn command(
        &self,
        (subject, count): (Subject, usize),
        (verb, times): (Verb, usize),
        url: &str,
    ) -> Result<Command, Failure> {
        if subject.program() == Program::Psql {
            let folder = self
                .builder
                .package(Program::Psql, count)?
                .join("migrations");
            return Ok(subject::psql(subject, &folder, url));
        }
        let verb = match verb {
            Verb::Connect => "connect",
            Verb::Up if subject.is_single() => "up-single",
            Verb::Up => "up",
            Verb::Down => "down",
            Verb::Ask => "ask",
            Verb::Plan => "plan",
        };
        let binary = self.binary(subject.program(), count)?;
        let mut command = Command::new(binary);
        command.args([verb, &times.to_string(), url]);
        Ok(command)
    }

    /// Builds it when it is asked for first.
    pub(super) fn binary(&self, program: Program, count: usize) -> Result<PathBuf, Failure> {
        let mut binaries = self.binaries.borrow_mut();
        if let Some((_, binary)) = binaries.iter().find(|(key, _)| *key == (program, count)) {
            return Ok(binary.clone());
        }
        eprintln!("  building {} with {count} migrations", program.name());
        let binary = self.builder.binary(program, count, self.profile)?;
        binaries.push(((program, count), binary.clone()));
        Ok(binary)
    }
}
