//! The flags of `bench`.

use clap::Args;

use super::{among, one_of};
use crate::bench::Options;
use crate::bench::case::Case;
use crate::bench::program::Program;

/// `bench`.
#[derive(Args, Debug)]
pub(crate) struct Bench {
    /// What to measure; else everything.
    #[arg(long, value_parser = one_of::<Case>(), value_delimiter = ',', value_name = "CASE")]
    pub(crate) case: Vec<Case>,
    /// Whom to measure; else everybody.
    #[arg(long, value_parser = among(Program::MEASURED), value_delimiter = ',', value_name = "PROGRAM")]
    pub(crate) only: Vec<Program>,
    /// Measure an earlier commit beside today's source, too.
    #[arg(long, value_name = "COMMIT", conflicts_with = "write")]
    pub(crate) before: Option<String>,
    /// How often each is measured.
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub(crate) rounds: usize,
    /// Write docs/benchmarks.md and docs/benchmarks.svg of the newest results of every case,
    /// instead of printing this time's results.
    #[arg(long)]
    pub(crate) write: bool,
    /// Also with 10,000 migrations, by those that can.
    #[arg(long, conflicts_with = "quick")]
    pub(crate) large: bool,
    /// Few migrations, two rounds and debug builds: to see that it runs.
    #[arg(long)]
    pub(crate) quick: bool,
}

impl From<Bench> for Options {
    fn from(flags: Bench) -> Self {
        Self {
            case: flags.case,
            only: flags.only,
            before: flags.before,
            rounds: flags.rounds,
            write: flags.write,
            large: flags.large,
            quick: flags.quick,
        }
    }
}
