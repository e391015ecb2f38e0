//! A build after one of many files was edited.

use super::super::Bench;
use super::super::case::{in_turns, progress};
use super::super::measurement::Measurement;
use super::super::sample::samples;
use super::super::subject::Subject;
use crate::failure::Failure;
use std::fmt::Write as _;
use std::path::PathBuf;

pub(in super::super) fn run(bench: &Bench) -> Result<Vec<Measurement>, Failure> {
    let count = bench.count(1000);
    let mut measurements = Vec::new();
    for profile in bench.profiles() {
        let name = format!("{} rebuild, one of {count} files edited", profile.name());
        let newest = samples(count).pop().unwrap_or_default();
        let mut edits = 0;
        let mut packages = Vec::new();
        let subjects = bench.among(&Subject::EACH_BUILT);
        let columns = [(name.as_str(), "CPU s")];
        measurements.extend(in_turns(&subjects, bench.rounds, columns, |subject| {
            let program = subject.program();
            let builder = &bench.harness.builder;
            let known = packages.iter().find(|(one, _)| *one == program);
            let package = match known {
                Some((_, package)) => PathBuf::clone(package),
                None => {
                    let package = builder.package(program, count)?;
                    builder.fetch(&package)?;
                    builder.build(&package, profile, None)?;
                    packages.push((program, package.clone()));
                    package
                }
            };
            edits += 1;
            let mut edited = newest.clone();
            let _ = write!(
                edited.up,
                "\nCOMMENT ON DATABASE bench IS 'Edit {edits}.';\n"
            );
            program.rewrite(&package, &edited)?;
            let finished = builder.build(&package, profile, None)?;
            progress(subject, &format!("{:.2} CPU s", finished.cpu.as_secs_f64()));
            Ok([finished.cpu.as_secs_f64()])
        })?);
    }
    Ok(measurements)
}
