//! A debug build of a minimal service and all it needs.

use std::fs;

use super::super::Bench;
use super::super::build::Profile;
use super::super::case::{in_turns, progress};
use super::super::measurement::Measurement;
use super::super::subject::Subject;
use crate::failure::Failure;

pub(in super::super) fn run(bench: &Bench) -> Result<Vec<Measurement>, Failure> {
    let count = bench.count(100);
    let target = bench.harness.builder.work.join("cold");
    let name = format!("cold debug build, {count} migrations");
    let columns = [(name.as_str(), "CPU s"), ("crates built", "")];
    in_turns(
        &bench.among(&Subject::EACH_BUILT),
        bench.rounds,
        columns,
        |subject| {
            let package = bench.harness.builder.package(subject.program(), count)?;
            bench.harness.builder.fetch(&package)?;
            if target.exists() {
                fs::remove_dir_all(&target)
                    .map_err(|error| Failure::file("remove", &target, &error))?;
            }
            let finished = bench
                .harness
                .builder
                .build(&package, Profile::Debug, Some(&target))?;
            let messages = String::from_utf8_lossy(&finished.output.stderr);
            let crates = messages
                .lines()
                .filter(|line| line.trim_start().starts_with("Compiling "));
            progress(subject, &format!("{:.1} CPU s", finished.cpu.as_secs_f64()));
            Ok([
                finished.cpu.as_secs_f64(),
                f64::from(u32::try_from(crates.count()).unwrap_or(0)),
            ])
        },
    )
}
