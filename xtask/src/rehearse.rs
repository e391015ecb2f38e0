//! `rehearse`: every migration up, down and up again on a throw-away server, with all that
//! the catalog holds compared each time; then all of them at once.

mod chain;
mod course;
mod finding;
mod format;
mod junit;
mod rows;
mod seed;
mod sql_test;
pub(crate) mod stage;
mod trial;

use std::path::Path;
use std::time::Duration;

use pgstrata::{Migration, Migrations};
use pgstrata_compiler::{Compiled, Depth};

use crate::cluster::Cluster;
use crate::failure::Failure;
use crate::flags::{Common, Rehearse, RehearseFormat, majors};
use crate::{embed, workspace};
use finding::Finding;
use format::Printer;
pub(crate) use junit::document;
use seed::Seed;
use sql_test::SqlTest;

/// What the rehearsal on one server came to.
#[derive(Debug)]
struct Rehearsal<'m> {
    /// The server's own words.
    server: String,
    steps: Vec<Step<'m>>,
    /// About all migrations together.
    whole: Vec<Finding>,
    duration: Duration,
}

/// One migration, tried.
#[derive(Debug)]
struct Step<'m> {
    migration: &'m Migration<'m>,
    /// Of the first time up.
    duration: Option<Duration>,
    tests: usize,
    findings: Vec<Finding>,
}

/// A rehearsal as others read it.
pub(crate) struct Pages {
    /// For a pull request.
    pub(crate) markdown: String,
    /// One `testsuite`.
    pub(crate) junit: String,
}

/// Rehearses on each of the servers that were asked for.
pub(crate) fn run(common: &Common, flags: &Rehearse) -> Result<(), Failure> {
    let compiled = workspace::checked(&common.dir, Depth::Certain)?;
    let mut pages = Vec::new();
    let outcome = perform(common, flags, &compiled, &mut pages);
    if flags.format == RehearseFormat::Junit {
        print!("{}", document(&pages));
    }
    outcome
}

/// The same, and leaves a page a server.
pub(crate) fn perform(
    common: &Common,
    flags: &Rehearse,
    compiled: &Compiled,
    pages: &mut Vec<Pages>,
) -> Result<(), Failure> {
    let prelude = prelude(&common.dir)?;
    let tests = sql_test::read(&common.dir, compiled)?;
    let seed = Seed::read(&common.dir)?;
    let mut failures = 0;
    embed::with_sql_only(compiled, |migrations| {
        for major in majors(&flags.postgres) {
            let cluster = Cluster::start(major).map_err(|error| Failure::caused(&error))?;
            let mut printer = Printer::new(flags.format, common.quiet, cluster.server_version());
            let scripts = Scripts {
                migrations,
                prelude: prelude.as_deref(),
                tests: &tests,
                seed: seed.as_ref(),
            };
            let rehearsal = course::run(&cluster, &scripts, flags, &mut printer)?;
            printer.finished(&rehearsal);
            pages.push(Pages {
                markdown: format::markdown(&rehearsal),
                junit: junit::suite(&rehearsal),
            });
            failures += rehearsal.failures();
            cluster.stop().map_err(|error| Failure::caused(&error))?;
        }
        Ok(())
    })?;
    if failures == 0 {
        return Ok(());
    }
    let plural = if failures == 1 { "finding" } else { "findings" };
    Err(Failure::unverified(format!(
        "the rehearsal has {failures} {plural}; no database of yours was touched"
    )))
}

/// All that runs.
struct Scripts<'m> {
    migrations: &'m Migrations<'m>,
    prelude: Option<&'m str>,
    tests: &'m [SqlTest],
    seed: Option<&'m Seed>,
}

/// What throw-away servers need first, such as tables that somebody else makes.
pub(crate) fn prelude(dir: &Path) -> Result<Option<String>, Failure> {
    let path = dir.join("tests/prelude.sql");
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::file("read", &path, &error)),
    }
}

/// The migrations before the first one to try, and the others.
pub(crate) fn split<'m>(
    migrations: &Migrations<'m>,
    from: Option<u64>,
) -> Result<(&'m [Migration<'m>], &'m [Migration<'m>]), Failure> {
    let Some(from) = from else { return Ok((&[], migrations.list)) };
    let found = migrations.list.binary_search_by_key(&from, |migration| migration.version);
    let refused = || Failure::configuration(format!("--from {from}: there is no such version"));
    Ok(migrations.list.split_at(found.map_err(|_| refused())?))
}

impl Rehearsal<'_> {
    /// How many findings are more than notes.
    fn failures(&self) -> usize {
        let of_steps = self.steps.iter().flat_map(|step| &step.findings);
        of_steps.chain(&self.whole).filter(|finding| !finding.is_note()).count()
    }
}
