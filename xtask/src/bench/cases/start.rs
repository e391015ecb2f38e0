//! The start of a service that has nothing to apply, and the plan where nothing is applied.

use std::cell::RefCell;

use super::super::Bench;
use super::super::case::{in_turns, progress};
use super::super::harness::Verb;
use super::super::measurement::{Measurement, median};
use super::super::subject::{Run, Subject};
use crate::failure::Failure;

/// Connections of one process, in each round.
const STARTS: usize = 101;

pub(in super::super) fn run(bench: &Bench) -> Result<Vec<Measurement>, Failure> {
    let mut measurements = Vec::new();
    for count in bench.counts() {
        let databases = RefCell::new(Vec::new());
        let prepared = |subject: Subject| -> Result<String, Failure> {
            if let Some((_, url)) = databases.borrow().iter().find(|(one, _)| *one == subject) {
                return Ok(String::clone(url));
            }
            let database = bench.harness.create_database()?;
            let url = bench.harness.server()?.url(&database);
            bench.harness.act((subject, count), (Verb::Up, 1), &url)?;
            // What was applied long ago lies in the table in order, and is known by
            // its statistics.
            bench.harness.vacuum(&database)?;
            databases.borrow_mut().push((subject, url.clone()));
            Ok(url)
        };
        let [time, cpu] =
            ["nothing pending", "its client CPU"].map(|name| format!("{name}, {count} applied"));
        let columns = [(time.as_str(), "ms"), (cpu.as_str(), "ms")];
        let mut subjects = bench.among(&Subject::EACH_BUILT);
        subjects.retain(|subject| subject.takes(count));
        measurements.extend(in_turns(&subjects, bench.rounds, columns, |subject| {
            let (whose, verb) = match subject {
                Subject::Floor => (Subject::Pgstrata, Verb::Ask),
                other => (other, Verb::Up),
            };
            let url = prepared(whose)?;
            let run = bench.harness.act((subject, count), (verb, STARTS), &url)?;
            let numbers = medians(&run);
            progress(subject, &format!("{count}: {:.3} ms", numbers[0]));
            Ok(numbers)
        })?);
        let planned = format!("a plan, {count} pending");
        let planners = bench.among(&[Subject::Before, Subject::Pgstrata]);
        measurements.extend(in_turns(
            &planners,
            bench.rounds,
            [(&*planned, "ms")],
            |subject| {
                bench.harness.with_database(|database| {
                    let url = bench.harness.server()?.url(database);
                    let run = bench
                        .harness
                        .act((subject, count), (Verb::Plan, STARTS), &url)?;
                    Ok([medians(&run)[0]])
                })
            },
        )?);
    }
    Ok(measurements)
}

fn medians(run: &Run) -> [f64; 2] {
    let milliseconds = |time: std::time::Duration| time.as_secs_f64() * 1e3;
    let times: Vec<f64> = run
        .acts
        .iter()
        .map(|(took, _)| milliseconds(*took))
        .collect();
    let cpu: Vec<f64> = run.acts.iter().map(|(_, cpu)| milliseconds(*cpu)).collect();
    [&times, &cpu].map(|numbers| median(numbers).unwrap_or(f64::NAN))
}
