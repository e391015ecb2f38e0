//! The last of the test binaries, by its name: how many tests could not be run here.

use std::io::Write as _;

#[test]
fn what_was_skipped_is_counted() {
    let skipped = pgstrata_tests::skipped();
    let said = format!(
        "*** {} skipped ***\n{}\n",
        skipped.len(),
        skipped.join("\n")
    );
    // Not captured, as what the macros print would be.
    std::io::stderr()
        .write_all(said.as_bytes())
        .expect("a reader");
    let skip =
        std::panic::catch_unwind(|| pgstrata_tests::skip("an example", "it is counted, too"));
    let is_required = std::env::var_os("PGSTRATA_TESTS_REQUIRE").is_some_and(|it| it == "all");
    assert_eq!(skip.is_err(), is_required);
    assert_eq!(pgstrata_tests::skipped().len(), usize::from(!is_required));
}
