//! `rehearse`: every migration up, down and up again on a throw-away server, with all that
//! the catalog holds compared each time; then all of them at once.

mod chain;
mod finding;
mod format;
mod junit;
mod rows;
mod sql_test;
pub(crate) mod stage;
mod trial;

use std::path::Path;
use std::time::{Duration, Instant};

use pgstrata::{Migration, Migrations};
use pgstrata_compiler::{Compiled, Depth};

use crate::cluster::Cluster;
use crate::failure::Failure;
use crate::flags::{Common, Rehearse, RehearseFormat, majors};
use crate::snapshot::Snapshot;
use crate::{embed, workspace};
use finding::{Finding, Moment, What};
use format::Printer;
pub(crate) use junit::document;
use sql_test::SqlTest;
use stage::Stage;

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
    let mut failures = 0;
    embed::with_sql_only(compiled, |migrations| {
        for major in majors(&flags.postgres) {
            let cluster = Cluster::start(major).map_err(|error| Failure::caused(&error))?;
            let mut printer = Printer::new(flags.format, common.quiet, cluster.server_version());
            let script = Scripts { migrations, prelude: prelude.as_deref(), tests: &tests };
            let rehearsal = rehearsed(&cluster, &script, flags, &mut printer)?;
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

fn rehearsed<'m>(
    cluster: &Cluster,
    scripts: &Scripts<'m>,
    flags: &Rehearse,
    printer: &mut Printer,
) -> Result<Rehearsal<'m>, Failure> {
    let begin = Instant::now();
    let migrations = scripts.migrations;
    let mut stage = Stage::open(cluster, scripts.prelude)?;
    let mut chain = stage.copy()?;
    let (applied, tried) = split(migrations, flags.from)?;
    // Below this one there is no way down.
    let mut floor = applied.last().map(|migration| migration.version);
    if let Some(version) = floor {
        stage.up(migrations, version).map_err(Failure::migration)?;
    }
    if flags.rows > 0 {
        stage.fill(flags.rows)?;
    }
    let mut before = stage.snapshot()?;
    let mut ground = before.clone();
    let mut steps = Vec::new();
    let mut whole = Vec::new();
    printer.begin(tried.len());
    for migration in tried {
        let (step, after) = step(&mut stage, scripts, migration, &before, flags)?;
        printer.step(&step);
        steps.push(step);
        // Behind a migration that cannot be applied there is nothing to see.
        let Some(after) = after else { break };
        before = after;
        if flags.rows > 0 {
            stage.fill(flags.rows)?;
            before = stage.snapshot()?;
        }
        if migration.irreversible.is_some() {
            (floor, ground) = (Some(migration.version), before.clone());
        }
    }
    let is_clean = |step: &Step<'_>| step.findings.iter().all(Finding::is_harmless);
    if steps.iter().all(is_clean) {
        whole.extend(chain::down_and_up(&mut chain, migrations, floor, &ground, &before)?);
        whole.extend(chain::repeatables(&mut stage, migrations)?);
    }
    let server = cluster.server_version().to_owned();
    Ok(Rehearsal { server, steps, whole, duration: begin.elapsed() })
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

/// Applies one, tests it, and tries it down and up again; also what the database holds then,
/// unless it cannot be applied.
fn step<'m>(
    stage: &mut Stage<'_>,
    scripts: &Scripts<'m>,
    migration: &'m Migration<'m>,
    before: &Snapshot,
    flags: &Rehearse,
) -> Result<(Step<'m>, Option<Snapshot>), Failure> {
    let mut step = Step { migration, duration: None, tests: 0, findings: Vec::new() };
    let code = migration.up.code.map(|code| What::LeavesOut(code.path.to_owned()));
    step.findings.extend(code.map(|what| Finding { moment: Moment::Up, what }));
    match stage.up(scripts.migrations, migration.version) {
        Ok(duration) => {
            step.duration = duration;
            let limit = Duration::from_secs(flags.slow);
            let slow = duration.filter(|took| *took > limit);
            let slow = slow.map(|took| What::IsSlow(took, limit));
            step.findings.extend(slow.map(|what| Finding { moment: Moment::Up, what }));
        }
        Err(text) => {
            step.findings.push(Finding::fails(Moment::Up, text));
            return Ok((step, None));
        }
    }
    let after = stage.snapshot()?;
    for test in scripts.tests.iter().filter(|test| test.version == migration.version) {
        step.tests += 1;
        step.findings.extend(test.run(stage)?);
    }
    if flags.twice {
        step.findings.extend(trial::twice(stage, migration, &after)?);
    }
    if migration.irreversible.is_none() {
        let found = trial::back_and_forth(stage, scripts.migrations, migration, before, &after)?;
        step.findings.extend(found);
    }
    Ok((step, Some(after)))
}

impl Rehearsal<'_> {
    /// How many findings are more than notes.
    fn failures(&self) -> usize {
        let of_steps = self.steps.iter().flat_map(|step| &step.findings);
        of_steps.chain(&self.whole).filter(|finding| !finding.is_note()).count()
    }
}
