//! `bench`: this project beside its peers, in one session on one server.
//!
//! The programs stand in `tests/peers/`; each gets the same migrations in its own layout. In
//! every round each subject is measured once, so that what slows the machine down slows all.

mod sample;
pub(crate) mod program;
mod child;
mod subject;
mod measurement;
pub(crate) mod case;
mod build;
mod link;
mod harness;
mod cases;
mod results;
mod targets;
mod document;
mod plot;
mod machine;

use build::{Builder, Profile};
use case::Case;
use document::Preamble;
use harness::Harness;
use measurement::Measurement;
use results::Measured;
use subject::Subject;

use crate::choice::Choice as _;
use crate::failure::Failure;

/// What every case needs.
struct Bench {
    harness: Harness,
    only: Vec<program::Program>,
    has_before: bool,
    rounds: usize,
    quick: bool,
    large: bool,
}

/// What may be asked of it.
#[derive(Debug)]
pub(crate) struct Options {
    /// What to measure; else everything.
    pub(crate) case: Vec<Case>,
    /// Whom to measure; else everybody.
    pub(crate) only: Vec<program::Program>,
    /// Measure an earlier commit beside today's source, too.
    pub(crate) before: Option<String>,
    /// How often each is measured.
    pub(crate) rounds: usize,
    /// Write docs/benchmarks.md and docs/benchmarks.svg of the newest results of every case,
    /// instead of printing this time's results.
    pub(crate) write: bool,
    /// Also with 10,000 migrations, by those that can.
    pub(crate) large: bool,
    /// Few migrations, two rounds and debug builds: to see that it runs.
    pub(crate) quick: bool,
}

/// Runs the cases and prints what they came to; of several calls the last result of each case
/// is kept, for the document.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let profile = if options.quick {
        Profile::Debug
    } else {
        Profile::Release
    };
    let bench = Bench {
        harness: Harness::new(Builder::new()?, profile),
        only: options.only.clone(),
        has_before: options.before.is_some(),
        rounds: if options.quick { 2 } else { options.rounds },
        quick: options.quick,
        large: options.large,
    };
    if let Some(commit) = &options.before {
        bench.harness.builder.check_out(commit)?;
    }
    let results = bench.harness.builder.work.join("results");
    let cases = if options.case.is_empty() {
        Case::ALL
    } else {
        &options.case
    };
    let mut all = Vec::new();
    for case in cases {
        eprintln!("{}", case.name());
        let measured = bench.measured(*case)?;
        // What was measured in a hurry, or of a few, says nothing beside the rest.
        if !options.quick && options.only.is_empty() && options.before.is_none() {
            results::store(&results, &measured)?;
        }
        all.push(measured);
    }
    if options.write {
        bench.write(&results::stored(&results)?)
    } else {
        print!("{}", bench.document(&all)?);
        Ok(())
    }
}

impl Bench {
    /// With what else was going on.
    fn measured(&self, case: Case) -> Result<Measured, Failure> {
        let before = machine::load();
        let measurements = self.measure(case)?;
        let rounds = match self.rounds {
            _ if case == Case::Binary => "one round".to_owned(),
            1 => "one round".to_owned(),
            rounds => format!("{rounds} rounds"),
        };
        let circumstances = format!(
            "Measured on {} at commit {}, {rounds}; load of the machine {before} before and {} after.",
            jiff::Timestamp::now().strftime("%Y-%m-%d"),
            machine::commit(self.harness.builder.root()),
            machine::load()
        );
        Ok(Measured {
            case,
            circumstances,
            measurements,
        })
    }

    fn document(&self, all: &[Measured]) -> Result<String, Failure> {
        let root = self.harness.builder.root();
        let preamble = Preamble {
            machine: machine::described(self.harness.server()?.server_version()),
            versions: machine::versions(&root.join("tests/peers")),
        };
        Ok(document::markdown(&preamble, all))
    }

    /// Into `docs/`.
    fn write(&self, all: &[Measured]) -> Result<(), Failure> {
        let docs = self.harness.builder.root().join("docs");
        program::write(&docs.join("benchmarks.md"), &self.document(all)?)?;
        program::write(&docs.join("benchmarks.svg"), &plot::svg(all))
    }

    fn measure(&self, case: Case) -> Result<Vec<Measurement>, Failure> {
        match case {
            Case::ColdBuild => cases::cold_build::run(self),
            Case::Rebuild => cases::rebuild::run(self),
            Case::Binary => cases::binary::run(self),
            Case::Start => cases::start::run(self),
            Case::Apply => cases::apply::run(self),
            Case::Latency => cases::latency::run(self),
            Case::Rollback => cases::rollback::run(self),
            Case::ConcurrentStart => cases::concurrent_start::run(self),
            Case::Compiler => cases::compiler::run(self),
        }
    }

    /// Of these, those that were asked for.
    fn among(&self, subjects: &[Subject]) -> Vec<Subject> {
        let wanted = |subject: &&Subject| match subject.program() {
            program::Program::Before => self.has_before,
            program => self.only.is_empty() || self.only.contains(&program),
        };
        subjects.iter().filter(wanted).copied().collect()
    }

    /// So many migrations, or ten in a hurry.
    fn count(&self, count: usize) -> usize {
        if self.quick { count.min(10) } else { count }
    }

    /// What is measured with several numbers of migrations.
    fn counts(&self) -> Vec<usize> {
        let large = self.large.then_some(10_000);
        let all = if self.quick {
            vec![10]
        } else {
            vec![10, 100, 1000]
        };
        all.into_iter().chain(large).collect()
    }

    /// How programs are built.
    fn profiles(&self) -> Vec<Profile> {
        if self.quick {
            vec![Profile::Debug]
        } else {
            vec![Profile::Debug, Profile::Release]
        }
    }
}
