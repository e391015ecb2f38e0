//! A build after one of many files was edited.

use super::super::Bench;
use super::super::case::{in_turns, progress};
use super::super::contender::Contender;
use super::super::figure::Figure;
use super::super::sample::samples;
use crate::failure::Failure;
use std::fmt::Write as _;
use std::path::PathBuf;

pub(in super::super) fn run(bench: &Bench) -> Result<Vec<Figure>, Failure> {
    let count = bench.count(1000);
    let mut figures = Vec::new();
    for profile in bench.profiles() {
        let name = format!("{} rebuild, one of {count} files edited", profile.name());
        let newest = samples(count).pop().unwrap_or_default();
        let mut edits = 0;
        let mut packages = Vec::new();
        let contenders = bench.among(&Contender::EACH_BUILT);
        let columns = [(name.as_str(), "CPU s")];
        figures.extend(in_turns(&contenders, bench.rounds, columns, |contender| {
            let program = contender.program();
            let builder = &bench.arena.builder;
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
            progress(
                contender,
                &format!("{:.2} CPU s", finished.cpu.as_secs_f64()),
            );
            Ok([finished.cpu.as_secs_f64()])
        })?);
    }
    Ok(figures)
}
