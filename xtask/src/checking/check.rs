//! `check`: the full analysis, without a database.

mod exact;
mod json;
mod github;
mod sarif;

use std::collections::HashSet;
use std::io::Write as _;
use std::path::Path;

use pgstrata_compiler::diagnostic::Diagnostic;
use pgstrata_compiler::migration::Migration;
use pgstrata_compiler::recorded::Recorded;
use pgstrata_compiler::source::LOCK_FILE;
use pgstrata_compiler::{Compiled, Depth, sql_tests};

use exact::Servers;

use crate::failure::Failure;
use crate::workspace;

choices! {
    /// How findings are written.
    pub(crate) enum Format {
        /// With the lines of SQL.
        Human = "human",
        /// One object a line.
        Json = "json",
        /// Annotations of GitHub Actions.
        Github = "github",
        /// A document of the Static Analysis Results Interchange Format 2.1.0.
        Sarif = "sarif",
    }
}

/// What may be asked of it.
#[derive(Debug)]
pub(crate) struct Options {
    /// Also refuse migrations that are not sealed: for releases.
    pub(crate) sealed: bool,
    /// Also ask the parser of a throw-away PostgreSQL about each statement; runs none.
    pub(crate) exact: bool,
    /// The major versions to ask, such as 13,18; else the newest that is installed.
    pub(crate) postgres: Vec<u32>,
    /// How to say what was found: for people on standard error, for programs on standard
    /// output and nothing else there.
    pub(crate) format: Format,
}

/// Prints what is found; with `--sealed` also refuses what may still change.
pub(crate) fn run(dir: &Path, options: &Options, quiet: bool) -> Result<(), Failure> {
    let (mut compiled, servers) = compiled(dir, options)?;
    let asked = servers.map(|servers| format!(", asked {}", servers.shown()));
    report(
        dir,
        &mut compiled,
        options,
        quiet,
        &asked.unwrap_or_default(),
    )
}

/// Prints what was found in a directory that has been read; `asked` ends the last line.
pub(crate) fn report(
    dir: &Path,
    compiled: &mut Compiled,
    options: &Options,
    quiet: bool,
    asked: &str,
) -> Result<(), Failure> {
    sql_tests::read(compiled);
    let refused = compiled.is_refused();
    let mut open: Vec<String> = unsealed(compiled).into_iter().map(str::to_owned).collect();
    open.extend(stale(compiled));
    if options.sealed && !refused && options.format != Format::Human {
        // For people one sentence says it, below.
        let found: Vec<Diagnostic> = open
            .iter()
            .map(|label| not_sealed(compiled, label))
            .collect();
        compiled.diagnostics.extend(found);
    }
    match options.format {
        Format::Human => workspace::print(&compiled.diagnostics, &compiled.sources),
        Format::Json => write(&json::lines(compiled))?,
        Format::Github => write(&github::annotations(compiled))?,
        Format::Sarif => write(&format!("{:#}\n", sarif::document(compiled)))?,
    }
    if refused {
        return Err(workspace::refusal(compiled));
    }
    if options.sealed && !open.is_empty() {
        return Err(Failure::check(format!(
            "not sealed: {}\n  seal what is released with `cargo pgstrata lock --dir {}`",
            open.join(", "),
            dir.display()
        )));
    }
    if !quiet && options.format == Format::Human {
        println!("{}{asked}", summary(compiled));
    }
    Ok(())
}

/// The directory, and with `--exact` the servers that were asked about it.
fn compiled(dir: &Path, options: &Options) -> Result<(Compiled, Option<Servers>), Failure> {
    let directory = &dir.to_string_lossy();
    if !options.exact {
        return Ok((
            pgstrata_compiler::compile(dir, directory, Depth::Full),
            None,
        ));
    }
    let mut servers = Servers::start(&options.postgres)?;
    let mut failed = None;
    let compiled = pgstrata_compiler::compile_with(dir, directory, &mut |script| {
        if failed.is_some() {
            return Vec::new();
        }
        let found = servers.ask(script);
        found
            .map_err(|failure| failed = Some(failure))
            .unwrap_or_default()
    });
    match failed {
        Some(failure) => Err(failure),
        None => Ok((compiled, Some(servers))),
    }
}

/// Whoever reads may have stopped to, which is no reason to panic.
fn write(text: &str) -> Result<(), Failure> {
    let written = std::io::stdout().write_all(text.as_bytes());
    written.map_err(|error| Failure::configuration(format!("cannot write the findings: {error}")))
}

/// Points at the line of the lock, where there is one.
fn not_sealed(compiled: &Compiled, name: &str) -> Diagnostic {
    let finding = Diagnostic::error("not-sealed", format!("`{name}` is not sealed"))
        .help("seal what is released with `cargo pgstrata lock`");
    let lock = compiled.lock.iter();
    let lines = lock
        .clone()
        .flat_map(|lock| &lock.lines)
        .map(|line| (&line.label, line.span));
    let recorded = lock
        .flat_map(|lock| &lock.recorded)
        .map(|line| (&line.file, line.span));
    let is_file = Recorded::is_named(name);
    match lines.chain(recorded).find(|(line, _)| *line == name) {
        Some((_, span)) => finding.at(LOCK_FILE, span),
        None if is_file => finding.in_file(name),
        None => finding.in_file(&format!("{name}.up.sql")),
    }
}

/// Labels whose files the lock does not fix.
fn unsealed(compiled: &Compiled) -> Vec<&str> {
    let lines = compiled.lock.iter().flat_map(|lock| &lock.lines);
    let sealed: HashSet<&str> = lines
        .filter(|line| line.seal.is_some())
        .map(|line| line.label.as_str())
        .collect();
    let labels = compiled.labels.iter().map(|(_, label)| label.as_str());
    labels.filter(|label| !sealed.contains(label)).collect()
}

/// Files that may change and are not what the lock says, and lines whose file is gone.
fn stale(compiled: &Compiled) -> Vec<String> {
    let now = compiled.recorded_now();
    let recorded = compiled
        .lock
        .as_ref()
        .map(|lock| &lock.recorded[..])
        .unwrap_or_default();
    let is_same =
        |it: &Recorded, other: &Recorded| it.file == other.file && it.content == other.content;
    let changed = now
        .iter()
        .filter(|it| recorded.iter().all(|line| !is_same(it, line)));
    let gone = recorded
        .iter()
        .filter(|line| now.iter().all(|it| it.file != line.file));
    changed.chain(gone).map(|line| line.file.clone()).collect()
}

fn summary(compiled: &Compiled) -> String {
    let scripts = compiled.migrations.iter().flat_map(Migration::scripts);
    let scripts = scripts.chain(compiled.repeatables.iter().map(|it| &it.script));
    let statements: usize = scripts.map(|script| script.statements.len()).sum();
    let open = unsealed(compiled).len();
    // What must not run has ended the command before.
    let by_rule = workspace::by_rule(&compiled.diagnostics);
    let found = match compiled.diagnostics.len() {
        0 => "no problem found".to_owned(),
        1 => format!("1 warning ({by_rule})"),
        count => format!("{count} warnings ({by_rule})"),
    };
    let repeatables = match compiled.repeatables.len() {
        0 => String::new(),
        1 => "1 repeatable script, ".to_owned(),
        count => format!("{count} repeatable scripts, "),
    };
    format!(
        "{}: {} migrations, {repeatables}{statements} statements, {} sealed, {open} open: {found}",
        compiled.sources.directory,
        compiled.migrations.len(),
        compiled.migrations.len() - open,
    )
}
