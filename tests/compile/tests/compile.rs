//! Every refusal of `embed_migrations!`, as rustc shows it.
//!
//! A case is `ui/<name>.rs` with its directory `ui/<name>/` and the expected output
//! `ui/<name>.stderr`. After a deliberate change of a message, write the outputs again
//! with `TRYBUILD=overwrite cargo test -p pgstrata-compile-tests` and read the difference.

use std::path::Path;

/// trybuild compiles its cases in a package of its own below the target directory, and
/// the macro resolves paths against that package; so the fixtures are linked into it.
#[test]
fn refusals() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("the target directory");
    let package = target.join("tests/trybuild").join(env!("CARGO_PKG_NAME"));
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
    std::fs::create_dir_all(&package).expect("trybuild's package");
    let link = package.join("ui");
    let _ = std::fs::remove_file(&link);
    std::os::unix::fs::symlink(fixtures, link).expect("a link to the fixtures");

    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/*.rs");
}
