//! The benchmark runs, and counts what is promised.
//!
//! It builds where `rebuild.rs` does, so that dependencies are built once.

use std::process::Command;

#[test]
fn a_quick_benchmark_counts_round_trips_beside_the_floor() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgstrata"));
    command.args([
        "bench",
        "--quick",
        "--only",
        "floor,pgstrata",
        "--case",
        "start,latency,compiler",
    ]);
    command.env("CARGO_TARGET_DIR", env!("CARGO_TARGET_TMPDIR"));
    // The link leads to a socket, which a borrowed server need not have.
    command.env_remove("PGSTRATA_TEST_URL");
    let output = command.output().expect("the tools run");
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{messages}");
    let document = String::from_utf8_lossy(&output.stdout);
    let row = |start: &str| {
        let line = document.lines().find(|line| line.starts_with(start));
        let line = line.unwrap_or_else(|| panic!("no {start} in {document}{messages}"));
        line.split(" | ")
            .skip(1)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    // The floor, then this project.
    assert_eq!(row("| round trips with nothing pending")[..2], ["1", "1"]);
    // Ten migrations, one message each, and the history; ours also takes a lock.
    let turns = row("| round trips of the first run");
    assert_eq!(turns[0], "12");
    assert!(
        turns[1].parse::<usize>().is_ok_and(|turns| turns < 20),
        "{turns:?}"
    );
    assert_eq!(row("| nothing pending, 10 applied, ms").len(), 4);
    assert_eq!(row("| a plan, 10 pending, ms")[0], "–");
    assert_eq!(row("| check, MB/s").len(), 1);
    assert!(document.contains("* PostgreSQL "), "{document}");
}
