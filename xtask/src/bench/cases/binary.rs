//! How large a service gets by its migrations. A build is the same every time, so one is enough.

use std::fs;

use super::super::Bench;
use super::super::build::Profile;
use super::super::case::{in_turns, progress};
use super::super::contender::Contender;
use super::super::figure::Figure;
use super::super::program::Program;
use super::super::sample::samples;
use crate::failure::Failure;

/// What a program is with hardly any.
const FEW: usize = 10;

pub(in super::super) fn run(bench: &Bench) -> Result<Vec<Figure>, Failure> {
    let count = if bench.quick { 20 } else { 1000 };
    let total = format!("stripped release binary, {count} migrations");
    let columns = [
        (total.as_str(), "KiB"),
        ("a migration", "bytes"),
        ("a migration, without its SQL", "bytes"),
    ];
    in_turns(&bench.among(&Contender::EACH_BUILT), 1, columns, |contender| {
        let program = contender.program();
        let size = |count| -> Result<f64, Failure> {
            let package = bench.arena.builder.package(program, count)?;
            bench.arena.builder.fetch(&package)?;
            bench.arena.builder.build(&package, Profile::Release, None)?;
            let path = bench.arena.builder.built(program, count, Profile::Release);
            let length = fs::metadata(&path).map_err(|error| Failure::file("find", &path, &error));
            Ok(number(usize::try_from(length?.len()).unwrap_or(usize::MAX)))
        };
        let (few, many) = (size(FEW)?, size(count)?);
        let all = samples(count);
        let more = &all[FEW..];
        let texts = more.iter().map(|sample| match program {
            Program::Refinery => sample.up.len(),
            _ => sample.up.len() + sample.down.len(),
        });
        let each = (many - few) / number(more.len());
        progress(contender, &format!("{many} bytes"));
        Ok([many / 1024.0, each, each - number(texts.sum()) / number(more.len())])
    })
}

/// Sizes and counts are far below what an `f64` cannot hold exactly.
fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
