//! The one-line test: what the program embeds is what the directory holds, and the full
//! check finds nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::checksum::Sha256Digest;
use crate::diagnostic::Diagnostic;
use crate::migration::Migration;
use crate::{Compiled, Depth, compile};

/// Fails the test that calls it unless the migrations are sound: the files are those that
/// the program embeds, and the full check finds nothing in them, no warning either.
///
/// `directory` is what `embed_migrations!` was given, relative to the package's manifest;
/// `embedded` is `MIGRATIONS.checksums()`. The crate belongs into `[dev-dependencies]`.
///
/// ```no_run
/// # mod schema {
/// #     pub struct Migrations;
/// #     impl Migrations {
/// #         pub fn checksums(&self) -> Vec<(String, [u8; 32])> { Vec::new() }
/// #     }
/// #     pub static MIGRATIONS: Migrations = Migrations;
/// # }
/// #[test]
/// fn migrations_are_sound() {
///     pgstrata_compiler::assert_sound("migrations", schema::MIGRATIONS.checksums());
/// }
/// ```
///
/// # Panics
///
/// When something is wrong, with everything that is.
#[track_caller]
pub fn assert_sound(directory: &str, embedded: impl IntoIterator<Item = (String, Sha256Digest)>) {
    // Cargo runs tests in the package's folder; other runners may only set the variable.
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
        .map(PathBuf::from)
        .unwrap_or_default();
    let mut compiled = compile(&manifest.join(directory), directory, Depth::Full);
    // What is refused was not read to its end, and would not compile either.
    if !compiled.is_refused() {
        let found = differences(&compiled, embedded.into_iter().collect());
        compiled.diagnostics.extend(found);
    }
    let found = compiled.rendered();
    assert!(
        found.is_empty(),
        "the migrations are not sound\n\n{}\n",
        found.join("\n\n")
    );
}

/// One finding a kind of difference, with all its files.
fn differences(
    compiled: &Compiled,
    mut embedded: BTreeMap<String, Sha256Digest>,
) -> Vec<Diagnostic> {
    let (mut added, mut changed) = (Vec::new(), Vec::new());
    let repeatables = compiled
        .repeatables
        .iter()
        .map(|repeatable| &repeatable.script);
    for script in compiled
        .migrations
        .iter()
        .flat_map(Migration::scripts)
        .chain(repeatables)
    {
        match embedded.remove(&script.file) {
            None => added.push(script.file.clone()),
            Some(checksum) if checksum != script.checksum => changed.push(script.file.clone()),
            Some(_) => {}
        }
    }
    let removed = embedded.into_keys().collect();
    let kinds = [
        (
            "files are in the directory that the program does not embed",
            added,
        ),
        ("files have changed since the program was built", changed),
        (
            "the program embeds files that are not in the directory",
            removed,
        ),
    ];
    let found = kinds.into_iter().filter(|(_, files)| !files.is_empty());
    found
        .map(|(message, files)| difference(message, &files))
        .collect()
}

fn difference(message: &str, files: &[String]) -> Diagnostic {
    let diagnostic = Diagnostic::error("not-embedded", message)
        .why("the program would not migrate to what was reviewed")
        .help(
            "name the directory that the program embeds, and build it anew: `touch` the file with \
             `embed_migrations!`; `cargo pgstrata new` and a build script make Cargo notice new \
             files by itself",
        );
    files
        .iter()
        .fold(diagnostic, |diagnostic, file| diagnostic.in_file(file))
}
