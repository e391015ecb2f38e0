//! `ci`: what a pull request must hold, in one command: everything sealed, no finding that
//! refuses, and what is new comes back in a rehearsal; and what it locks, for those who review it.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use pgstrata_compiler::diagnostic::Diagnostic;
use pgstrata_compiler::{Compiled, Depth};

use crate::checking::rehearse::{self, Pages};
use crate::checking::{check, trace};
use crate::context::Context;
use crate::failure::Failure;
use crate::workspace::{self, base};

/// Where this variable is set, findings are shown beside the lines of the pull request.
const GITHUB: &str = "GITHUB_ACTIONS";

/// What may be asked of it.
#[derive(Debug)]
pub(crate) struct Options {
    /// The git revision that is built on, such as origin/main: what its lock holds is applied
    /// but not tried.
    pub(crate) base: Option<String>,
    /// Accept migrations that are not sealed yet.
    pub(crate) open: bool,
    /// Fill each new table with so many rows, see `rehearse`.
    pub(crate) rows: u32,
    /// Say which migrations take longer than this.
    pub(crate) slow: u64,
    /// Compare with how long each migration took the last time, as this file has it, and write
    /// there how long it took now.
    pub(crate) timings: Option<PathBuf>,
    /// The major versions to rehearse on, such as 13,18; else the newest that is installed.
    pub(crate) postgres: Vec<u32>,
    /// Trace with so many rows in each new table, see `trace`; 0 leaves that out.
    pub(crate) trace_rows: u32,
    /// Write the pictures of the trace to this file, see `trace`.
    pub(crate) html: Option<PathBuf>,
    /// Append the summary, as Markdown, to this file; else to `$GITHUB_STEP_SUMMARY`, if
    /// that is set.
    pub(crate) summary: Option<PathBuf>,
    /// Write check and rehearsal to this file, as `junit` has it.
    pub(crate) junit: Option<PathBuf>,
}

/// Checks, rehearses, and leaves a summary, whatever came of it.
pub(crate) fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    let dir = &context.project.dir;
    let mut compiled = pgstrata_compiler::compile(dir, &dir.to_string_lossy(), Depth::Full);
    let new = first_new(dir, &mut compiled, options)?;
    let format = if std::env::var_os(GITHUB).is_some() {
        check::Format::Github
    } else {
        check::Format::Human
    };
    let sealed = !options.open;
    let asked = check::Options {
        sealed,
        exact: false,
        postgres: Vec::new(),
        format,
    };
    let checked = check::report(dir, &mut compiled, &asked, context.quiet, "");
    let mut page = checked_page(&compiled, &checked);
    let mut pages = Pages::default();
    pages.add_check(&checked);
    let mut locks = String::new();
    let outcome = match (checked, &new) {
        (Err(failure), _) => Err(failure),
        (Ok(()), New::Nothing) => {
            page.push_str("\nNo migration is new.\n");
            Ok(())
        }
        (Ok(()), New::From(from)) => {
            let asked = rehearse::Options {
                from: *from,
                from_backup: None,
                twice: false,
                rows: options.rows,
                slow: options.slow,
                timings: options.timings.clone(),
                postgres: options.postgres.clone(),
                format: rehearse::Format::Human,
            };
            let rehearsed = rehearse::perform(context, &asked, &compiled, &mut pages);
            let traced = traced(context, options, *from, &compiled, &mut locks);
            // What cannot run has been said already, if it was found before.
            rehearsed.and(traced)
        }
    };
    if !pages.markdown.is_empty() {
        let _ = write!(page, "\n{}", pages.markdown);
    }
    if !locks.is_empty() {
        let _ = write!(page, "\n{locks}");
    }
    if let Some(file) = &options.summary {
        append(file, &page)?;
    }
    if let Some(file) = &options.junit {
        let written = std::fs::write(file, rehearse::document(&pages));
        written.map_err(|error| Failure::file("write", file, &error))?;
    }
    outcome
}

/// What is new locks and how long, as Markdown.
fn traced(
    context: &Context,
    options: &Options,
    from: Option<u64>,
    compiled: &Compiled,
    page: &mut String,
) -> Result<(), Failure> {
    if options.trace_rows == 0 {
        return Ok(());
    }
    let asked = trace::Options {
        from,
        rows: options.trace_rows,
        postgres: options.postgres.clone(),
        format: trace::Format::Human,
        html: options.html.clone(),
    };
    trace::perform(context, &asked, compiled, compiled, page)
}

/// What the base does not have.
enum New {
    Nothing,
    /// From this version on, or from the first one.
    From(Option<u64>),
}

/// The first one; what comes after a contract step of the new ones is found here, since the lock of
/// the pull request has sealed it.
fn first_new(dir: &Path, compiled: &mut Compiled, options: &Options) -> Result<New, Failure> {
    let Some(revision) = &options.base else {
        return Ok(New::From(None));
    };
    let base = base::from_git(dir, revision)?;
    let known = |label: &str| base.holds(label);
    let found = compiled.contract_not_last(known);
    let is_new = |it: &Diagnostic| !compiled.diagnostics.contains(it);
    let found: Vec<_> = found.into_iter().filter(is_new).collect();
    compiled.diagnostics.extend(found);
    let new = compiled
        .labels
        .iter()
        .filter(|(_, label)| !base.holds(label));
    let first = new.map(|(version, _)| *version).min();
    Ok(first.map_or(New::Nothing, |version| New::From(Some(version))))
}

/// What the check has found, as Markdown.
fn checked_page(compiled: &Compiled, checked: &Result<(), Failure>) -> String {
    let mut page = format!("### Migrations in `{}`\n\n", compiled.sources.directory);
    if let Err(failure) = checked {
        let _ = writeln!(page, "{failure}\n");
    }
    for found in &compiled.diagnostics {
        let severity = workspace::severity(found);
        let place = compiled.locations(found).into_iter().next();
        let place = place.map(|place| match place.range {
            Some((start, _)) => format!(" `{}:{}`", place.path, start.line),
            None => format!(" `{}`", place.path),
        });
        let _ = writeln!(
            page,
            "* {severity}{}: {} (`{}`)",
            place.unwrap_or_default(),
            found.message,
            found.rule
        );
    }
    if compiled.diagnostics.is_empty() {
        let _ = writeln!(
            page,
            "{} migrations, no finding.",
            compiled.migrations.len()
        );
    }
    page
}

fn append(file: &Path, page: &str) -> Result<(), Failure> {
    let opened = OpenOptions::new().create(true).append(true).open(file);
    let written = opened.and_then(|mut file| file.write_all(page.as_bytes()));
    written.map_err(|error| Failure::file("write", file, &error))
}
