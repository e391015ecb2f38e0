//! Many processes that start at once on an empty database.

use std::process::Stdio;
use std::time::Instant;

use super::super::Bench;
use super::super::case::{in_turns, progress};
use super::super::harness::Verb;
use super::super::measurement::Measurement;
use super::super::subject::Subject;
use crate::failure::Failure;

const PROCESSES: usize = 16;

pub(in super::super) fn run(bench: &Bench) -> Result<Vec<Measurement>, Failure> {
    let mut measurements = Vec::new();
    for count in bench.counts().into_iter().filter(|count| *count <= 1000) {
        measurements.extend(of(bench, count)?);
    }
    Ok(measurements)
}

fn of(bench: &Bench, count: usize) -> Result<Vec<Measurement>, Failure> {
    let [succeeded, crowd, alone, ratio] = [
        format!("of {PROCESSES} processes at once succeed"),
        format!("{PROCESSES} at once"),
        "one alone".to_owned(),
        "at once, in times of one alone".to_owned(),
    ]
    .map(|name| format!("{name}, {count} migrations"));
    let columns = [
        (succeeded.as_str(), ""),
        (crowd.as_str(), "ms"),
        (alone.as_str(), "ms"),
        (ratio.as_str(), ""),
    ];
    in_turns(
        &bench.among(&Subject::EACH_BUILT),
        bench.rounds,
        columns,
        |subject| {
            let (_, alone) = start(bench, subject, count, 1)?;
            let (succeeded, crowd) = start(bench, subject, count, PROCESSES)?;
            progress(
                subject,
                &format!("{succeeded} succeed, {crowd:.0} ms; alone {alone:.0}"),
            );
            Ok([f64::from(succeeded), crowd, alone, crowd / alone])
        },
    )
}

/// How many succeed, and the milliseconds until the last one has ended.
fn start(
    bench: &Bench,
    subject: Subject,
    count: usize,
    processes: usize,
) -> Result<(u32, f64), Failure> {
    bench.harness.with_database(|database| {
        let url = bench.harness.server()?.url(database);
        let mut command = bench
            .harness
            .command((subject, count), (Verb::Up, 1), &url)?;
        // Without a lock one of its processes would be done, and the others fail.
        command
            .env("FLOOR_LOCKS", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let failed = |error: std::io::Error| {
            Failure::configuration(format!(
                "{command_name} cannot be run: {error}",
                command_name = subject.label()
            ))
        };
        let begun = Instant::now();
        let children: Vec<_> = (0..processes).map(|_| command.spawn()).collect();
        let mut succeeded = 0;
        for child in children {
            let status = child.and_then(|mut child| child.wait()).map_err(failed)?;
            succeeded += u32::from(status.success());
        }
        Ok((succeeded, begun.elapsed().as_secs_f64() * 1e3))
    })
}
