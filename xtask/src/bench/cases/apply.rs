//! The first run on an empty database: its time, the client's part in it, and its memory.

use super::super::Bench;
use super::super::case::{in_turns, progress};
use super::super::harness::Verb;
use super::super::measurement::Measurement;
use super::super::subject::{Run, Subject};
use crate::failure::Failure;

pub(in super::super) fn run(bench: &Bench) -> Result<Vec<Measurement>, Failure> {
    let mut measurements = Vec::new();
    for count in bench.counts() {
        let subjects = bench.among(&Subject::ALL);
        let subjects: Vec<Subject> = subjects
            .into_iter()
            .filter(|subject| subject.takes(count))
            .collect();
        let names = ["first run", "its client CPU", "its peak memory"];
        let [time, cpu, memory] = names.map(|name| format!("{name}, {count} migrations"));
        let columns = [
            (time.as_str(), "ms"),
            (cpu.as_str(), "ms"),
            (memory.as_str(), "KiB"),
        ];
        measurements.extend(in_turns(&subjects, bench.rounds, columns, |subject| {
            let run = bench.harness.with_database(|database| {
                let url = bench.harness.server()?.url(database);
                bench.harness.act((subject, count), (Verb::Up, 1), &url)
            })?;
            let numbers = numbers(&run);
            progress(subject, &format!("{count}: {:.1} ms", numbers[0]));
            Ok(numbers)
        })?);
    }
    Ok(measurements)
}

fn numbers(run: &Run) -> [f64; 3] {
    let (took, cpu) = run.acts.first().copied().unwrap_or_default();
    let peak = run
        .peak
        .and_then(|peak| u32::try_from(peak).ok())
        .map_or(f64::NAN, f64::from);
    [took.as_secs_f64() * 1e3, cpu.as_secs_f64() * 1e3, peak]
}
