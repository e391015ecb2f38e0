//! What the test binaries share: how a test says that it could not be run here.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

/// Set to `all`, every skip is a failure.
const REQUIRE: &str = "PGSTRATA_TESTS_REQUIRE";

/// Says, also where output is captured, what is not tested here and what would have to be there for it. The
/// last test of the workspace counts what was said.
///
/// # Panics
///
/// If `PGSTRATA_TESTS_REQUIRE` is `all`.
pub fn skip(what: &str, needs: &str) {
    let said = format!("skipped: {what}: {needs}");
    assert!(
        std::env::var_os(REQUIRE).is_none_or(|wanted| wanted != "all"),
        "{said}, and {REQUIRE} is `all`"
    );
    // Not captured, as what the macros print would be.
    let _ = writeln!(std::io::stderr(), "*** {said} ***");
    let noted = OpenOptions::new().create(true).append(true).open(notes());
    let _ = noted.and_then(|mut file| writeln!(file, "{said}"));
}

/// What was skipped since the last call.
pub fn skipped() -> Vec<String> {
    let said = std::fs::read_to_string(notes()).unwrap_or_default();
    let _ = std::fs::remove_file(notes());
    said.lines().map(str::to_owned).collect()
}

/// Beside the programs of the tests, which know where they are.
fn notes() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program.with_file_name("pgstrata-skipped.txt")
}
