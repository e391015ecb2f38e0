//! Everything rolled back, newest first.

use super::super::Bench;
use super::super::arena::Verb;
use super::super::case::{in_turns, progress};
use super::super::contender::Contender;
use super::super::figure::Figure;
use crate::failure::Failure;

/// refinery has no way back.
const WITH_A_WAY_BACK: [Contender; 5] = [
    Contender::Floor,
    Contender::Before,
    Contender::Pgstrata,
    Contender::Sqlx,
    Contender::Diesel,
];

pub(in super::super) fn run(bench: &Bench) -> Result<Vec<Figure>, Failure> {
    let count = bench.count(1000);
    let [time, cpu] = ["all rolled back", "client CPU of rolling back"]
        .map(|name| format!("{name}, {count} migrations"));
    let columns = [(time.as_str(), "ms"), (cpu.as_str(), "ms")];
    in_turns(
        &bench.among(&WITH_A_WAY_BACK),
        bench.rounds,
        columns,
        |contender| {
            let run = bench.arena.with_database(|database| {
                let url = bench.arena.server()?.url(database);
                bench.arena.act((contender, count), (Verb::Up, 1), &url)?;
                bench.arena.act((contender, count), (Verb::Down, 1), &url)
            })?;
            let (took, cpu) = run.acts.first().copied().unwrap_or_default();
            progress(contender, &format!("{:.1} ms", took.as_secs_f64() * 1e3));
            Ok([took.as_secs_f64() * 1e3, cpu.as_secs_f64() * 1e3])
        },
    )
}
