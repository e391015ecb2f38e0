//! The first run on an empty database: its time, the client's part in it, and its memory.

use super::super::Bench;
use super::super::arena::Verb;
use super::super::case::{in_turns, progress};
use super::super::contender::{Contender, Run};
use super::super::figure::Figure;
use crate::failure::Failure;

pub(in super::super) fn run(bench: &Bench) -> Result<Vec<Figure>, Failure> {
    let mut figures = Vec::new();
    for count in bench.counts() {
        let contenders = bench.among(&Contender::ALL);
        let contenders: Vec<Contender> = contenders
            .into_iter()
            .filter(|contender| contender.takes(count))
            .collect();
        let names = ["first run", "its client CPU", "its peak memory"];
        let [time, cpu, memory] = names.map(|name| format!("{name}, {count} migrations"));
        let columns = [
            (time.as_str(), "ms"),
            (cpu.as_str(), "ms"),
            (memory.as_str(), "KiB"),
        ];
        figures.extend(in_turns(&contenders, bench.rounds, columns, |contender| {
            let run = bench.arena.with_database(|database| {
                let url = bench.arena.server()?.url(database);
                bench.arena.act((contender, count), (Verb::Up, 1), &url)
            })?;
            let numbers = numbers(&run);
            progress(contender, &format!("{count}: {:.1} ms", numbers[0]));
            Ok(numbers)
        })?);
    }
    Ok(figures)
}

fn numbers(run: &Run) -> [f64; 3] {
    let (took, cpu) = run.acts.first().copied().unwrap_or_default();
    let peak = run
        .peak
        .and_then(|peak| u32::try_from(peak).ok())
        .map_or(f64::NAN, f64::from);
    [took.as_secs_f64() * 1e3, cpu.as_secs_f64() * 1e3, peak]
}
