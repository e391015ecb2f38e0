//! The front end of pgstrata: a directory of SQL migrations in, diagnostics or Rust
//! code out.
//!
//! The macro `pgstrata::embed_migrations!`, build scripts and `cargo pgstrata` share
//! this crate, so that all three say the same. A build script needs one call:
//!
//! ```no_run
//! // build.rs
//! pgstrata_compiler::generate("migrations");
//! ```
//!
//! and the crate includes what it wrote:
//!
//! ```text
//! include!(concat!(env!("OUT_DIR"), "/migrations.rs"));
//! ```

#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, reason = "tests look into messages")
)]

pub mod span;
pub mod spelling;
#[allow(clippy::disallowed_methods, reason = "file names")]
pub mod file_name;

pub mod diagnostic;
#[allow(clippy::disallowed_methods, reason = "file names")]
pub mod source;
pub mod lexer;
pub mod split;
#[allow(clippy::disallowed_methods, reason = "what a token says")]
pub mod literal;
pub mod statement;
pub mod tokens;
pub mod cursor;
#[cfg(feature = "full")]
pub mod names;
pub mod command;
pub mod statement_kind;
pub mod target;
pub mod session;
mod row_change;
mod effect;
mod dump;
#[cfg(feature = "full")]
pub mod data_type;
#[cfg(feature = "full")]
mod signature;
#[cfg(feature = "full")]
mod condition;
#[cfg(feature = "full")]
pub mod partition;
#[cfg(feature = "full")]
pub mod form;
#[cfg(feature = "full")]
pub mod object_kind;
#[cfg(feature = "full")]
pub mod alteration;
#[cfg(feature = "full")]
pub mod property;
#[cfg(feature = "full")]
pub mod upkeep;
#[cfg(feature = "full")]
pub mod action;
#[cfg(feature = "full")]
mod definition;
#[cfg(feature = "full")]
mod facts;
#[cfg(feature = "full")]
mod query;
#[cfg(feature = "full")]
mod written;
#[cfg(feature = "full")]
mod portion;
#[cfg(feature = "full")]
pub mod grammar;
#[cfg(feature = "full")]
pub mod feature;
#[cfg(feature = "full")]
pub mod catalog;
#[cfg(feature = "full")]
mod expression;
#[cfg(feature = "full")]
mod difference;
#[cfg(feature = "full")]
mod proof;
#[cfg(feature = "full")]
pub mod locks;
#[cfg(feature = "syntax")]
#[allow(clippy::disallowed_methods, reason = "the parser's messages")]
pub mod syntax;
#[allow(clippy::disallowed_methods, reason = "Rust paths")]
pub mod rust_path;
#[allow(clippy::disallowed_methods, reason = "comments")]
pub mod directive;
#[allow(clippy::disallowed_methods, reason = "TOML")]
pub mod settings;
#[allow(clippy::disallowed_methods, reason = "file names")]
pub mod layout;
pub mod checksum;
pub mod statement_option;
pub mod script;
pub mod migration;
pub mod taken;
pub mod repeatable;
#[allow(clippy::disallowed_methods, reason = "the lock file")]
pub mod recorded;
#[allow(clippy::disallowed_methods, reason = "the lock file")]
pub mod lockfile;
pub mod finding;
#[cfg(feature = "full")]
pub mod forecast;
#[cfg(feature = "full")]
pub mod expected;
#[cfg(feature = "full")]
pub mod rule_context;
#[allow(clippy::disallowed_methods, reason = "Rust modules")]
mod rule_ids;
pub mod rules;
pub mod review;
#[allow(clippy::disallowed_methods, reason = "lines")]
pub mod render;
pub mod location;

#[cfg(feature = "full")]
#[allow(clippy::disallowed_methods, reason = "file names")]
pub mod sql_tests;

#[allow(clippy::disallowed_methods, reason = "Rust code")]
mod emit;
#[cfg(feature = "full")]
mod sound;
#[cfg(feature = "full")]
mod build_script;

use std::path::Path;

#[cfg(feature = "full")]
pub use build_script::generate;
use diagnostic::{Diagnostic, Severity};
use location::Location;
use lockfile::LockFile;
use migration::{Migration, check_requirements};
use recorded::Recorded;
use render::Layout;
use repeatable::Repeatable;
pub use review::Depth;
use review::Second;
use script::Script;
use settings::{Contract, Level, Settings};
#[cfg(feature = "full")]
pub use sound::assert_sound;
use source::Sources;

/// What one directory came to.
#[derive(Debug)]
pub struct Compiled {
    /// The files, as they were read.
    pub sources: Sources,
    /// What `pgstrata.toml` says; the defaults where it is missing or refused.
    pub settings: Settings,
    /// Every migration that could be read, ascending by version; all of them unless
    /// the directory is refused.
    pub migrations: Vec<Migration>,
    /// The scripts that run again whenever they change, in the order in which they run.
    pub repeatables: Vec<Repeatable>,
    /// Versions and labels of all files whose names could be read.
    pub labels: Vec<(u64, String)>,
    /// The lock file, where there is one that can be read.
    pub lock: Option<LockFile>,
    /// Everything that was found.
    pub diagnostics: Vec<Diagnostic>,
}

impl Compiled {
    /// Whether anything was found that must not be embedded or run.
    pub fn is_refused(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Every finding as text, in order, with snippets of the SQL, a line a sentence.
    pub fn rendered(&self) -> Vec<String> {
        render::all(&self.diagnostics, &self.sources, Layout::LINES)
    }

    /// The files that may change, as the lock would record them now.
    pub fn recorded_now(&self) -> Vec<Recorded> {
        recorded::now(&self.repeatables, self.sources.settings.as_ref())
    }

    /// Contract steps before others that a base does not have.
    pub fn contract_not_last(&self, is_in_base: impl Fn(&str) -> bool) -> Vec<Diagnostic> {
        contract_not_last(&self.migrations, &self.settings, is_in_base)
    }

    /// Where a finding points, the main place first.
    pub fn locations(&self, diagnostic: &Diagnostic) -> Vec<Location> {
        location::locations(diagnostic, &self.sources)
    }
}

/// Reads and checks the migrations in `root`, which messages call `directory`.
///
/// `depth` says how many of the rules are asked. Each phase reports all it finds; the next one looks at what came through clean.
pub fn compile(root: &Path, directory: &str, depth: Depth) -> Compiled {
    compiled(root, directory, depth, None, &|_| false)
}

/// The same, as if the files that `is_left_out` names were not there: for what only reads, and says
/// itself what is wrong with them.
#[cfg(feature = "full")]
pub fn compile_without(
    root: &Path,
    directory: &str,
    depth: Depth,
    is_left_out: &dyn Fn(&str) -> bool,
) -> Compiled {
    compiled(root, directory, depth, None, is_left_out)
}

/// What the parser of a server says about a script: an error a statement at most.
#[cfg(feature = "full")]
pub type Parser<'a> = dyn FnMut(&script::Script) -> Vec<finding::RuleFinding> + 'a;

/// The same in full depth, with the parser of a server asked about every script.
///
/// What the parser finds are the findings of the rule `syntax`, instead of its own.
#[cfg(feature = "full")]
pub fn compile_with(root: &Path, directory: &str, parser: &mut Parser<'_>) -> Compiled {
    let mut second = |script: &script::Script| rules::certain::joined(parser(script), script);
    compiled(root, directory, Depth::Full, Some(&mut second), &|_| false)
}

fn compiled(
    root: &Path,
    directory: &str,
    depth: Depth,
    second: Option<&mut Second<'_>>,
    is_left_out: &dyn Fn(&str) -> bool,
) -> Compiled {
    let mut compiled = gathered(root, directory, depth, second, is_left_out);
    let Compiled {
        sources,
        diagnostics,
        ..
    } = &mut compiled;
    let named = diagnostics
        .drain(..)
        .map(|diagnostic| diagnostic.naming_its_file(|file| sources.shown_path(file)));
    *diagnostics = named.collect();
    compiled
}

fn gathered(
    root: &Path,
    directory: &str,
    depth: Depth,
    second: Option<&mut Second<'_>>,
    is_left_out: &dyn Fn(&str) -> bool,
) -> Compiled {
    let (sources, diagnostics) = source::open(root, directory);
    let mut compiled = Compiled {
        sources,
        settings: Settings::default(),
        migrations: Vec::new(),
        repeatables: Vec::new(),
        labels: Vec::new(),
        lock: None,
        diagnostics,
    };
    // A directory that could not be opened has been reported as such.
    if compiled
        .diagnostics
        .iter()
        .any(|diagnostic| diagnostic.rule == "directory")
    {
        return compiled;
    }
    match read_settings(&compiled.sources) {
        Ok(settings) => compiled.settings = settings,
        Err(found) => compiled.diagnostics.extend(found),
    }
    let Compiled {
        sources,
        settings,
        migrations,
        repeatables,
        labels,
        lock,
        diagnostics,
    } = &mut compiled;
    let found = source::read(sources, |name| {
        is_left_out(name) || layout::is_ignored(name, settings)
    });
    let layout = layout::layout(sources, settings);
    *labels = layout
        .labels
        .into_iter()
        .map(|(version, label)| (version, label.to_owned()))
        .collect();
    // Without its settings nobody can say what is wrong with the rest.
    if !diagnostics.is_empty() {
        return compiled;
    }
    diagnostics.extend(found);
    diagnostics.extend(layout.diagnostics);
    for pair in &layout.pairs {
        let (migration, found) = Migration::read_beside(pair);
        migrations.extend(migration);
        diagnostics.extend(found);
    }
    for (name, source) in &layout.repeatables {
        match Repeatable::read(name, source) {
            Ok(repeatable) => repeatables.push(repeatable),
            Err(found) => diagnostics.extend(found),
        }
    }
    let readable = diagnostics.is_empty();
    let has_parser = cfg!(feature = "syntax") || second.is_some();
    let read = read_lock(sources);
    let sealed = |script: &Script| {
        let lock = read.as_ref().ok().and_then(Option::as_ref);
        lock.is_some_and(|lock| lock.holds(script))
    };
    diagnostics.extend(review::check(
        migrations,
        repeatables,
        settings,
        depth,
        second,
        &sealed,
    ));
    if readable {
        diagnostics.extend(check_requirements(migrations));
        diagnostics.extend(repeatable::order(repeatables, migrations));
    }
    match read {
        Ok(Some(read)) => {
            if readable {
                diagnostics.extend(lockfile::compare(&read, migrations));
                let sealed = |label: &str| read.seals(label);
                diagnostics.extend(contract_not_last(migrations, settings, sealed));
                let now = recorded::now(repeatables, sources.settings.as_ref());
                diagnostics.extend(recorded::compare(&read.recorded, &now));
            }
            *lock = Some(read);
        }
        Ok(None) if diagnostics.is_empty() => diagnostics.push(lockfile::missing(directory)),
        Ok(None) => {}
        Err(found) => diagnostics.extend(found),
    }
    if !has_parser && settings.levels.get("syntax") != Some(&Level::Off) {
        diagnostics.push(review::not_asked());
    }
    compiled
}

/// Nothing is held where the settings say so.
fn contract_not_last(
    migrations: &[Migration],
    settings: &Settings,
    is_in_base: impl Fn(&str) -> bool,
) -> Vec<Diagnostic> {
    match settings.contract {
        Contract::NextRelease => lockfile::contract_not_last(migrations, is_in_base),
        Contract::WithExpand => Vec::new(),
    }
}

fn read_settings(sources: &Sources) -> Result<Settings, Vec<Diagnostic>> {
    match sources
        .settings
        .as_ref()
        .and_then(|source| source.text.as_deref())
    {
        Some(text) => Settings::parse(text, &rules::ids()),
        None => Ok(Settings::default()),
    }
}

fn read_lock(sources: &Sources) -> Result<Option<LockFile>, Vec<Diagnostic>> {
    match sources
        .lock
        .as_ref()
        .and_then(|source| source.text.as_deref())
    {
        Some(text) => LockFile::parse(text).map(Some),
        None => Ok(None),
    }
}

/// The Rust code that `embed_migrations!` expands to, as text.
pub fn expand(root: &Path, directory: &str, depth: Depth) -> String {
    emit::code(&compile(root, directory, depth))
}

#[cfg(test)]
mod tests {
    use super::{Depth, compile};

    #[test]
    fn a_build_without_the_parser_says_so_once() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
        let compiled = compile(&root, "migrations", Depth::Certain);
        let said: Vec<_> = compiled
            .diagnostics
            .iter()
            .map(|found| found.message.as_str())
            .collect();
        if cfg!(feature = "syntax") {
            assert!(said.is_empty(), "{said:?}");
        } else {
            assert_eq!(said, ["syntax errors are not looked for here"]);
        }
        assert!(!compiled.is_refused());
    }
}
