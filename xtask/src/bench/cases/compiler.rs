//! The compiler's steps by themselves, and how their time grows with the number of files.
//!
//! They are a case of the benchmark and no benchmark harness of their own: so they use the
//! same migrations, stand in the same document, and cost nobody another dependency.

use std::collections::BTreeMap;
use std::process::Command;

use super::super::Bench;
use super::super::build::Profile;
use super::super::case::{in_turns, progress};
use super::super::child;
use super::super::measurement::Measurement;
use super::super::program::Program;
use super::super::subject::Subject;
use crate::failure::Failure;

/// As the program prints them; `emit` is what `expand` takes beyond `compile`.
pub(in super::super) const STEPS: [&str; 9] = [
    "lexer",
    "splitter",
    "checksum",
    "scripts",
    "catalog",
    "rules-that-refuse",
    "all-rules",
    "emit",
    "check",
];

/// What a debug build of the macro takes for one migration.
pub(in super::super) const EXPANSION: &str = "expansion in a debug build";

pub(in super::super) fn run(bench: &Bench) -> Result<Vec<Measurement>, Failure> {
    let builder = &bench.harness.builder;
    let subjects = bench.among(&[Subject::Pgstrata]);
    let mut measurements = Vec::new();
    for count in if bench.quick {
        vec![10]
    } else {
        vec![10, 100, 1000, 10_000]
    } {
        // The steps' own package has no migrations: it is given another one's.
        let package = builder.package(Program::Compiler, 0)?;
        let directory = builder
            .package(Program::Pgstrata, count)?
            .join("migrations");
        builder.fetch(&package)?;
        let steps = |profile: Profile, features: &[&str]| {
            builder.build_with(&package, profile, None, features)?;
            let mut command = Command::new(builder.built(Program::Compiler, 0, profile));
            command
                .arg(&directory)
                .arg(if count < 1000 { "20" } else { "3" });
            timed(&command)
        };
        let names = STEPS.map(|step| format!("{step}, {count} migrations"));
        let columns = names.each_ref().map(|name| (name.as_str(), "MB/s"));
        measurements.extend(in_turns(&subjects, bench.rounds, columns, |_| {
            let profile = if bench.quick {
                Profile::Debug
            } else {
                Profile::Release
            };
            let times = steps(profile, &["--features", "check"])?;
            Ok(STEPS.map(|step| times.bytes / 1e6 / times.seconds(step)))
        })?);
        let name = format!("{EXPANSION}, {count} migrations");
        let columns = [(name.as_str(), "ms a migration")];
        measurements.extend(in_turns(&subjects, bench.rounds, columns, |_| {
            let seconds = steps(Profile::Debug, &[])?.seconds("expand");
            Ok([seconds * 1e3 / f64::from(u32::try_from(count).unwrap_or(u32::MAX))])
        })?);
        progress(
            Subject::Pgstrata,
            &format!("the compiler's steps, {count} migrations"),
        );
    }
    Ok(measurements)
}

struct Times {
    bytes: f64,
    nanoseconds: BTreeMap<String, f64>,
}

impl Times {
    fn seconds(&self, step: &str) -> f64 {
        let of = |step| self.nanoseconds.get(step).copied().unwrap_or(f64::NAN);
        let nanoseconds = match step {
            // What the whole takes beyond all before it.
            "emit" => (of("expand") - of("compile")).max(1.0),
            _ => of(step),
        };
        nanoseconds / 1e9
    }
}

/// Lines such as `bytes 900` and `step lexer 1200`.
fn timed(command: &Command) -> Result<Times, Failure> {
    let failed = |text: &str| Failure::configuration(format!("{command:?} failed: {text}"));
    let finished = child::run(command).map_err(|error| failed(&error.to_string()))?;
    if !finished.output.status.success() {
        return Err(failed(&String::from_utf8_lossy(&finished.output.stderr)));
    }
    let mut times = Times {
        bytes: 0.0,
        nanoseconds: BTreeMap::new(),
    };
    for line in String::from_utf8_lossy(&finished.output.stdout).lines() {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["bytes", bytes] => times.bytes = bytes.parse().unwrap_or(f64::NAN),
            ["step", step, time] => {
                times
                    .nanoseconds
                    .insert(step.to_owned(), time.parse().unwrap_or(f64::NAN));
            }
            _ => return Err(failed(line)),
        }
    }
    Ok(times)
}
