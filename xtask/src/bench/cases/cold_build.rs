//! A debug build of a minimal service and all it needs.

use std::fs;

use super::super::Bench;
use super::super::build::Profile;
use super::super::case::{in_turns, progress};
use super::super::contender::Contender;
use super::super::figure::Figure;
use crate::failure::Failure;

pub(in super::super) fn run(bench: &Bench) -> Result<Vec<Figure>, Failure> {
    let count = bench.count(100);
    let target = bench.arena.builder.work.join("cold");
    let name = format!("cold debug build, {count} migrations");
    let columns = [(name.as_str(), "CPU s"), ("crates built", "")];
    in_turns(
        &bench.among(&Contender::EACH_BUILT),
        bench.rounds,
        columns,
        |contender| {
            let package = bench.arena.builder.package(contender.program(), count)?;
            bench.arena.builder.fetch(&package)?;
            if target.exists() {
                fs::remove_dir_all(&target)
                    .map_err(|error| Failure::file("remove", &target, &error))?;
            }
            let finished = bench
                .arena
                .builder
                .build(&package, Profile::Debug, Some(&target))?;
            let messages = String::from_utf8_lossy(&finished.output.stderr);
            let crates = messages
                .lines()
                .filter(|line| line.trim_start().starts_with("Compiling "));
            progress(
                contender,
                &format!("{:.1} CPU s", finished.cpu.as_secs_f64()),
            );
            Ok([
                finished.cpu.as_secs_f64(),
                f64::from(u32::try_from(crates.count()).unwrap_or(0)),
            ])
        },
    )
}
