//! `rehearse`: every migration up, down and up again on a throw-away server, with all that
//! the catalog holds compared each time; then all of them at once.

pub(crate) mod backup;
mod finding;
mod round_trip;
mod full_round_trip;
mod timings;
mod format;
mod seed;
mod runner;
mod junit;
mod sql_test;
mod versions;

use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use pgstrata::Migrations;
use pgstrata::embedded::Migration;
use pgstrata_compiler::{Compiled, Depth};

use crate::cluster::Cluster;
use crate::context::Context;
use crate::failure::Failure;
use crate::shadow::before;
use crate::shadow::search_path::SearchPath;
use crate::shadow::servers::majors;
use crate::shadow::start::prelude;
use crate::workspace;
use crate::workspace::embed;
use backup::Backup;
use finding::RehearsalFinding;
use format::Printer;
pub(crate) use junit::document;
use seed::Seed;
use sql_test::SqlTest;
use timings::Timings;
use versions::Column;

/// What is said of all migrations together, where others have a label.
const ALL: &str = "all";

/// What the rehearsal on one server came to.
#[derive(Debug)]
struct Rehearsal<'m> {
    /// The server's own words.
    server: String,
    /// How many rows empty tables were filled with.
    rows: u32,
    steps: Vec<Step<'m>>,
    /// About all migrations together.
    whole: Vec<RehearsalFinding>,
    duration: Duration,
}

/// One migration, tried.
#[derive(Debug)]
struct Step<'m> {
    migration: Migration<'m>,
    /// Of the first time up.
    duration: Option<Duration>,
    /// The same, as it was recorded the last time.
    recorded: Option<Duration>,
    tests: usize,
    findings: Vec<RehearsalFinding>,
}

/// The rehearsals as others read them.
#[derive(Default)]
pub(crate) struct Pages {
    /// For a pull request.
    pub(crate) markdown: String,
    /// A `testsuite` a server.
    suites: String,
}

choices! {
    /// How a rehearsal is written.
    pub(crate) enum Format {
        /// A line a migration.
        Human = "human",
        /// For a pull request.
        Markdown = "markdown",
        /// One object a server.
        Json = "json",
        /// A document of `junit`, as build servers read it.
        Junit = "junit",
    }
}

/// What may be asked of it.
#[derive(Debug)]
pub(crate) struct Options {
    /// The first version to try; those before it are only applied.
    pub(crate) from: Option<u64>,
    /// Restore what `pg_dump` has written, as an archive or as SQL that `gzip` may have
    /// compressed, and try only what is pending there.
    pub(crate) from_backup: Option<PathBuf>,
    /// Also run each up file twice, to see whether it can be run again without harm.
    pub(crate) twice: bool,
    /// Fill each new table with so many rows before the next migration: what that one or its way
    /// back loses of them is found, too.
    pub(crate) rows: u32,
    /// Say which migrations take longer than this.
    pub(crate) slow: u64,
    /// Compare with how long each migration took the last time, as this file has it, and write
    /// there how long it took now.
    pub(crate) timings: Option<PathBuf>,
    /// The major versions to rehearse on, such as 13,18; else the newest that is installed.
    pub(crate) postgres: Vec<u32>,
    /// How to say what was found.
    pub(crate) format: Format,
}

/// Rehearses on each of the servers that were asked for.
pub(crate) fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    let compiled = workspace::checked(&context.project.dir, Depth::Certain)?;
    let mut pages = Pages::default();
    let outcome = perform(context, options, &compiled, &mut pages);
    if options.format == Format::Junit {
        print!("{}", document(&pages));
    }
    outcome
}

/// The same, and leaves its pages. A server on which nothing can be tried keeps the others from
/// nothing; what is worst decides the exit code.
pub(crate) fn perform(
    context: &Context,
    options: &Options,
    compiled: &Compiled,
    pages: &mut Pages,
) -> Result<(), Failure> {
    let prelude = prelude(&context.project.dir)?;
    let tests = sql_test::read(&context.project.dir, compiled)?;
    let seed = Seed::read(&context.project.dir)?;
    let backup = options
        .from_backup
        .as_deref()
        .map(|file| Backup::find(file, context))
        .transpose()?;
    let mut timings = options.timings.as_deref().map(Timings::read).transpose()?;
    let mut outcome = Ok(());
    let mut findings = 0;
    let mut columns = Vec::new();
    embed::with_sql_only(compiled, |migrations| {
        let scripts = Scripts {
            migrations,
            required: before::required(compiled),
            prelude: prelude.as_deref(),
            search_path: SearchPath::of(compiled),
            tests: &tests,
            seed: seed.as_ref(),
            backup: backup.as_ref(),
        };
        for (major, rehearsal) in on_all(context, options, &scripts, timings.as_ref()) {
            match rehearsal {
                Ok(rehearsal) => {
                    pages.add(&format::markdown(&rehearsal), &junit::suite(&rehearsal));
                    findings += rehearsal.failures();
                    columns.push(Column::new(&rehearsal));
                    timings
                        .as_mut()
                        .into_iter()
                        .for_each(|it| it.record(&rehearsal));
                }
                Err(failure) => {
                    let server = major.map_or("newest".to_owned(), |major| major.to_string());
                    let (markdown, suite) = (
                        format::without(&server, &failure),
                        junit::without(&server, &failure),
                    );
                    pages.add(&markdown, &suite);
                    columns.push(Column::without(server, &failure));
                    outcome = failure.and_other(std::mem::replace(&mut outcome, Ok(())));
                }
            }
        }
    });
    if let Some(timings) = timings {
        timings.write()?;
    }
    if columns.len() > 1 {
        versions::side_by_side(options.format, context.quiet, &columns);
        pages.add(&versions::markdown(&columns), "");
    }
    if findings == 0 {
        return outcome;
    }
    let plural = if findings == 1 { "finding" } else { "findings" };
    let failure = Failure::unverified(format!(
        "the rehearsal has {findings} {plural}; no database of yours was touched"
    ));
    failure.and_other(outcome)
}

/// Rehearses on every server, on as many at once as there are processors. The first one is
/// followed as it goes on, the others are heard when it has ended.
fn on_all<'m>(
    context: &Context,
    options: &Options,
    scripts: &Scripts<'m>,
    timings: Option<&Timings>,
) -> Vec<(Option<u32>, Result<Rehearsal<'m>, Failure>)> {
    let majors = majors(&options.postgres);
    let at_once = thread::available_parallelism().map_or(1, NonZero::get);
    let on = |major, keeps| {
        let mut printer = Printer::new(options.format, context.quiet, keeps);
        (
            major,
            on_one(options, scripts, timings, major, &mut printer),
            printer,
        )
    };
    let on = &on;
    let mut all = Vec::new();
    for majors in majors.chunks(at_once) {
        let Some((&first, others)) = majors.split_first() else {
            continue;
        };
        thread::scope(|scope| {
            let others = others
                .iter()
                .map(|&major| scope.spawn(move || on(major, true)));
            let others: Vec<_> = others.collect();
            let first = on(first, false);
            let ended = others.into_iter().map(ScopedJoinHandle::join);
            let others = ended.map(|other| other.unwrap_or_else(|panic| resume_unwind(panic)));
            for (major, rehearsal, printer) in std::iter::once(first).chain(others) {
                printer.let_go();
                all.push((major, rehearsal));
            }
        });
    }
    all
}

/// Rehearses on one server of its own.
fn on_one<'m>(
    options: &Options,
    scripts: &Scripts<'m>,
    timings: Option<&Timings>,
    major: Option<u32>,
    printer: &mut Printer,
) -> Result<Rehearsal<'m>, Failure> {
    let cluster = match scripts.backup {
        Some(backup) => backup.server(major)?,
        None => Cluster::start(major).map_err(|error| Failure::caused(&error))?,
    };
    let server = cluster.server_version();
    let recorded = timings.and_then(|timings| timings.of(server, options.rows));
    let rehearsal = runner::run(&cluster, scripts, options, recorded, printer)?;
    printer.finished(&rehearsal);
    cluster.stop().map_err(|error| Failure::caused(&error))?;
    Ok(rehearsal)
}

impl Pages {
    /// A check that came before, as a suite of its own.
    pub(crate) fn add_check(&mut self, checked: &Result<(), Failure>) {
        self.suites.push_str(&junit::check(checked));
    }

    fn add(&mut self, markdown: &str, suite: &str) {
        if !self.markdown.is_empty() {
            self.markdown.push('\n');
        }
        self.markdown.push_str(markdown);
        self.suites.push_str(suite);
    }
}

/// All that runs.
struct Scripts<'m> {
    migrations: &'m Migrations<'m>,
    required: before::Required,
    prelude: Option<&'m str>,
    search_path: SearchPath,
    tests: &'m [SqlTest],
    seed: Option<&'m Seed>,
    /// Instead of an empty database.
    backup: Option<&'m Backup>,
}

impl Rehearsal<'_> {
    /// How many findings are more than notes.
    fn failures(&self) -> usize {
        let of_steps = self.steps.iter().flat_map(|step| &step.findings);
        of_steps
            .chain(&self.whole)
            .filter(|finding| !finding.is_note())
            .count()
    }
}
