//! The start of a service that has nothing to apply, and the plan where nothing is applied.

use std::cell::RefCell;

use super::super::Bench;
use super::super::arena::Verb;
use super::super::case::{in_turns, progress};
use super::super::contender::{Contender, Run};
use super::super::figure::{Figure, median};
use crate::failure::Failure;

/// Connections of one process, in each round.
const STARTS: usize = 101;

pub(in super::super) fn run(bench: &Bench) -> Result<Vec<Figure>, Failure> {
    let mut figures = Vec::new();
    for count in bench.counts() {
        let databases = RefCell::new(Vec::new());
        let prepared = |contender: Contender| -> Result<String, Failure> {
            if let Some((_, url)) = databases.borrow().iter().find(|(one, _)| *one == contender) {
                return Ok(String::clone(url));
            }
            let database = bench.arena.create_database()?;
            let url = bench.arena.server()?.url(&database);
            bench.arena.act((contender, count), (Verb::Up, 1), &url)?;
            // What was applied long ago lies in the table in order, and is known by
            // its statistics.
            bench.arena.settle(&database)?;
            databases.borrow_mut().push((contender, url.clone()));
            Ok(url)
        };
        let [time, cpu] =
            ["nothing pending", "its client CPU"].map(|name| format!("{name}, {count} applied"));
        let columns = [(time.as_str(), "ms"), (cpu.as_str(), "ms")];
        let mut contenders = bench.among(&Contender::EACH_BUILT);
        contenders.retain(|contender| contender.takes(count));
        figures.extend(in_turns(&contenders, bench.rounds, columns, |contender| {
            let (whose, verb) = match contender {
                Contender::Floor => (Contender::Pgstrata, Verb::Ask),
                other => (other, Verb::Up),
            };
            let url = prepared(whose)?;
            let run = bench.arena.act((contender, count), (verb, STARTS), &url)?;
            let numbers = medians(&run);
            progress(contender, &format!("{count}: {:.3} ms", numbers[0]));
            Ok(numbers)
        })?);
        let planned = format!("a plan, {count} pending");
        let planners = bench.among(&[Contender::Before, Contender::Pgstrata]);
        figures.extend(in_turns(
            &planners,
            bench.rounds,
            [(&*planned, "ms")],
            |contender| {
                bench.arena.with_database(|database| {
                    let url = bench.arena.server()?.url(database);
                    let run = bench
                        .arena
                        .act((contender, count), (Verb::Plan, STARTS), &url)?;
                    Ok([medians(&run)[0]])
                })
            },
        )?);
    }
    Ok(figures)
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
