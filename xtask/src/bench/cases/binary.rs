//! How large a service gets by its migrations. A build is the same every time, so one is enough.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::super::Bench;
use super::super::build::Profile;
use super::super::case::{in_turns, progress};
use super::super::measurement::Measurement;
use super::super::program::Program;
use super::super::sample::samples;
use super::super::subject::Subject;
use crate::failure::Failure;

/// What a program is with hardly any.
const FEW: usize = 10;

pub(in super::super) fn run(bench: &Bench) -> Result<Vec<Measurement>, Failure> {
    let count = if bench.quick { 20 } else { 1000 };
    let total = format!("stripped release binary, {count} migrations");
    let shipped = format!("with the libraries that it loads, {count} migrations");
    let columns = [
        (total.as_str(), "KiB"),
        (shipped.as_str(), "KiB"),
        ("a migration", "bytes"),
        ("a migration, without its SQL", "bytes"),
    ];
    in_turns(&bench.among(&Subject::EACH_BUILT), 1, columns, |subject| {
        let program = subject.program();
        let size = |count| -> Result<f64, Failure> {
            let package = bench.harness.builder.package(program, count)?;
            bench.harness.builder.fetch(&package)?;
            bench
                .harness
                .builder
                .build(&package, Profile::Release, None)?;
            length(
                &bench
                    .harness
                    .builder
                    .built(program, count, Profile::Release),
            )
        };
        let (few, many) = (size(FEW)?, size(count)?);
        let libraries = libraries(
            &bench
                .harness
                .builder
                .built(program, count, Profile::Release),
        )?;
        let all = samples(count);
        let more = &all[FEW..];
        let texts = more.iter().map(|sample| match program {
            Program::Refinery => sample.up.len(),
            _ => sample.up.len() + sample.down.len(),
        });
        let each = (many - few) / number(more.len());
        progress(subject, &format!("{many} bytes"));
        let bare = each - number(texts.sum()) / number(more.len());
        Ok([many / 1024.0, (many + libraries) / 1024.0, each, bare])
    })
}

/// The bytes of the shared libraries that a program loads, without those that every Rust program
/// does; NaN where nothing tells which.
fn libraries(binary: &Path) -> Result<f64, Failure> {
    const EVERYBODYS: [&str; 4] = ["libc.", "libm.", "libgcc_s.", "ld-linux"];
    let Ok(told) = Command::new("ldd").arg(binary).output() else {
        return Ok(f64::NAN);
    };
    let told = String::from_utf8_lossy(&told.stdout);
    let paths = told.lines().filter_map(|line| {
        let (name, found) = line.trim().split_once(" => ")?;
        let is_everybodys = EVERYBODYS.iter().any(|prefix| name.starts_with(prefix));
        found.split(' ').next().filter(|_| !is_everybodys)
    });
    paths.map(|path| length(Path::new(path))).sum()
}

fn length(path: &Path) -> Result<f64, Failure> {
    let metadata = fs::metadata(path).map_err(|error| Failure::file("find", path, &error))?;
    Ok(number(
        usize::try_from(metadata.len()).unwrap_or(usize::MAX),
    ))
}

/// Sizes and counts are far below what an `f64` cannot hold exactly.
fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
