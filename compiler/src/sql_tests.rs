//! SQL tests, `tests/<version>_<name>.sql`, and the sample data in `tests/seed.sql`: what is wrong with them
//! that no server needs to say. `rehearse` runs them.

use crate::Compiled;
use crate::diagnostic::Diagnostic;
use crate::file_name::Purpose;
use crate::review;
use crate::script::Script;
use crate::source::{self, Source};

/// The sample data.
pub const SEED: &str = "tests/seed.sql";

/// What throw-away servers need first, in whatever SQL they take.
pub const PRELUDE: &str = "tests/prelude.sql";

/// Reads the folder of tests, and adds what is wrong with them to what was found.
pub fn read(compiled: &mut Compiled) {
    let mut found = source::read_tests(&mut compiled.sources);
    let tests = compiled.sources.tests.iter();
    for source in tests.filter(|source| source.name != PRELUDE) {
        found.extend(check(compiled, source));
    }
    let sources = &compiled.sources;
    let named = found
        .into_iter()
        .map(|it| it.naming_its_file(|file| sources.shown_path(file)));
    compiled.diagnostics.extend(named.collect::<Vec<_>>());
}

/// The version behind which a test runs, by its name.
pub fn version(name: &str) -> Option<u64> {
    let name = name.rsplit('/').next().unwrap_or_default();
    name.split('_').next()?.parse().ok()
}

fn check(compiled: &Compiled, source: &Source) -> Vec<Diagnostic> {
    let Some(text) = &source.text else {
        return Vec::new();
    };
    let is_seed = source.name == SEED;
    let refused = |message: &str| {
        let named = "a test is called after the version behind which it runs, such as \
                     `tests/0007_rejects_bad_status.sql`";
        vec![
            Diagnostic::error("sql-test", message)
                .in_file(&source.name)
                .help(named),
        ]
    };
    let version = version(&source.name);
    match version {
        None if !is_seed => return refused("the name of this test does not begin with a version"),
        Some(version) if !is_seed && compiled.labels.iter().all(|(it, _)| *it != version) => {
            return refused(&format!("no migration has the version {version}"));
        }
        _ => {}
    }
    let script = match Script::read(&source.name, text, Purpose::Test) {
        Ok(script) => script,
        Err(found) => return found,
    };
    let is_left_out = version.is_some_and(|it| !compiled.settings.are_rules_for(it));
    if is_left_out {
        return Vec::new();
    }
    review::check_test(&script, &compiled.settings)
}
