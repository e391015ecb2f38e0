//! A server that is 20 ms away, and how often it is asked.

use std::time::Duration;

use super::super::Bench;
use super::super::case::{in_turns, progress};
use super::super::harness::Verb;
use super::super::link::Link;
use super::super::measurement::Measurement;
use super::super::program::Program;
use super::super::subject::Subject;
use crate::failure::Failure;

/// Half of what a round trip gets longer.
const EACH_WAY: Duration = Duration::from_millis(10);

pub(in super::super) fn run(bench: &Bench) -> Result<Vec<Measurement>, Failure> {
    let count = bench.count(100);
    let link = Link::start(&bench.harness.server()?.config("postgres"), EACH_WAY)?;
    let first = format!("first run, {count} migrations, 20 ms away");
    let again = "nothing pending, 20 ms away".to_owned();
    let (turns, idle) = (
        "round trips of the first run",
        "round trips with nothing pending",
    );
    let columns = [
        (first.as_str(), "ms"),
        (turns, ""),
        (again.as_str(), "ms"),
        (idle, ""),
    ];
    let subjects = bench.among(&Subject::ALL);
    in_turns(&subjects, bench.rounds, columns, |subject| {
        // Nobody starts a service with `psql`, and with nothing pending there is no transaction.
        let has_history = subject.program() != Program::Psql;
        let starts_again = has_history && !subject.is_single();
        let numbers = bench.harness.with_database(|database| {
            let url = link.url(database);
            let act = |verb| -> Result<(f64, f64), Failure> {
                let run = bench.harness.act((subject, count), (verb, 1), &url)?;
                let time = run
                    .acts
                    .first()
                    .map_or(f64::NAN, |(took, _)| took.as_secs_f64() * 1e3);
                Ok((
                    time,
                    f64::from(u32::try_from(link.turns()).unwrap_or(u32::MAX)),
                ))
            };
            let (_, connecting) = if has_history {
                act(Verb::Connect)?
            } else {
                (0.0, 0.0)
            };
            let (first, turns) = act(Verb::Up)?;
            let (again, idle) = if starts_again {
                act(Verb::Up)?
            } else {
                (f64::NAN, f64::NAN)
            };
            Ok([first, turns - connecting, again, idle - connecting])
        })?;
        progress(
            subject,
            &format!("{:.0} ms, {} round trips", numbers[0], numbers[1]),
        );
        Ok(numbers)
    })
}
