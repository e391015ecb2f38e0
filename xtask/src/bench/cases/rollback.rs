//! Everything rolled back, newest first.

use super::super::Bench;
use super::super::case::{in_turns, progress};
use super::super::harness::Verb;
use super::super::measurement::Measurement;
use super::super::subject::Subject;
use crate::failure::Failure;

/// refinery has no way back.
const WITH_A_WAY_BACK: [Subject; 5] = [
    Subject::Floor,
    Subject::Before,
    Subject::Pgstrata,
    Subject::Sqlx,
    Subject::Diesel,
];

pub(in super::super) fn run(bench: &Bench) -> Result<Vec<Measurement>, Failure> {
    let count = bench.count(1000);
    let [time, cpu] = ["all rolled back", "client CPU of rolling back"]
        .map(|name| format!("{name}, {count} migrations"));
    let columns = [(time.as_str(), "ms"), (cpu.as_str(), "ms")];
    in_turns(
        &bench.among(&WITH_A_WAY_BACK),
        bench.rounds,
        columns,
        |subject| {
            let run = bench.harness.with_database(|database| {
                let url = bench.harness.server()?.url(database);
                bench.harness.act((subject, count), (Verb::Up, 1), &url)?;
                bench.harness.act((subject, count), (Verb::Down, 1), &url)
            })?;
            let (took, cpu) = run.acts.first().copied().unwrap_or_default();
            progress(subject, &format!("{:.1} ms", took.as_secs_f64() * 1e3));
            Ok([took.as_secs_f64() * 1e3, cpu.as_secs_f64() * 1e3])
        },
    )
}
