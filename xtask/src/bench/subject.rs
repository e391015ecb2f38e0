//! A program in one of its modes, and one run of it.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::child;
use super::program::{ALL_FILES, Program};
use crate::failure::Failure;

/// What is compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Subject {
    Floor,
    FloorSingle,
    Pgstrata,
    PgstrataSingle,
    Before,
    BeforeSingle,
    Refinery,
    RefineryGrouped,
    Sqlx,
    Diesel,
    PsqlSingle,
    PsqlEach,
}

impl Subject {
    /// All, in the order in which they are shown.
    pub(super) const ALL: [Self; 12] = [
        Self::Floor,
        Self::Before,
        Self::Pgstrata,
        Self::Refinery,
        Self::Sqlx,
        Self::Diesel,
        Self::PsqlEach,
        Self::FloorSingle,
        Self::BeforeSingle,
        Self::PgstrataSingle,
        Self::RefineryGrouped,
        Self::PsqlSingle,
    ];

    /// One a program that is built here, in its usual mode.
    pub(super) const EACH_BUILT: [Self; 6] = [
        Self::Floor,
        Self::Before,
        Self::Pgstrata,
        Self::Refinery,
        Self::Sqlx,
        Self::Diesel,
    ];

    /// What it is called.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::FloorSingle => "floor, one transaction",
            Self::Pgstrata => "pgstrata",
            Self::PgstrataSingle => "pgstrata, one transaction",
            Self::Before => "before",
            Self::BeforeSingle => "before, one transaction",
            Self::Refinery => "refinery",
            Self::RefineryGrouped => "refinery, grouped",
            Self::Sqlx => "sqlx",
            Self::Diesel => "diesel",
            Self::PsqlSingle => "psql -1 -f",
            Self::PsqlEach => "psql, a file each",
        }
    }

    /// The program that does it.
    pub(super) fn program(self) -> Program {
        match self {
            Self::Floor | Self::FloorSingle => Program::Floor,
            Self::Pgstrata | Self::PgstrataSingle => Program::Pgstrata,
            Self::Before | Self::BeforeSingle => Program::Before,
            Self::Refinery | Self::RefineryGrouped => Program::Refinery,
            Self::Sqlx => Program::Sqlx,
            Self::Diesel => Program::Diesel,
            Self::PsqlSingle | Self::PsqlEach => Program::Psql,
        }
    }

    /// Whether it is measured with so many migrations. The lock table of a server with its usual
    /// settings does not hold thousands of new tables, refinery's release build takes hours then,
    /// and `psql` a file each long before.
    pub(super) fn takes(self, count: usize) -> bool {
        let most = match self {
            Self::PsqlEach => 100,
            Self::Refinery => 1000,
            _ if self.is_single() => 1000,
            _ => usize::MAX,
        };
        count <= most
    }

    /// Whether all migrations share one transaction.
    pub(super) fn is_single(self) -> bool {
        matches!(
            self,
            Self::FloorSingle
                | Self::PgstrataSingle
                | Self::BeforeSingle
                | Self::RefineryGrouped
                | Self::PsqlSingle
        )
    }

    /// Whether it is what people would take instead of this project.
    pub(super) fn is_peer(self) -> bool {
        matches!(
            self.program(),
            Program::Refinery | Program::Sqlx | Program::Diesel
        )
    }
}

/// What one process did.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Run {
    /// Each act's time behind connecting, and the client's CPU time for it.
    pub(super) acts: Vec<(Duration, Duration)>,
    /// The most memory that it held, in KiB; of `psql` unknown.
    pub(super) peak: Option<u64>,
}

/// `psql` on these files.
pub(super) fn psql(subject: Subject, folder: &Path, url: &str) -> Command {
    const QUIET: [&str; 4] = ["-X", "-q", "-v", "ON_ERROR_STOP=1"];
    /// With the folder and the address.
    const EACH: &str = "for file in \"$1\"/*.up.sql; do psql -X -q -v ON_ERROR_STOP=1 -f \"$file\" \"$2\" || exit; done";
    if subject.is_single() {
        let mut command = Command::new("psql");
        command
            .args(QUIET)
            .args(["-1", "-f"])
            .arg(folder.join(ALL_FILES))
            .arg(url);
        return command;
    }
    let mut command = Command::new("sh");
    command.args(["-c", EACH, "sh"]).arg(folder).arg(url);
    command
}

/// Runs one of the built programs.
pub(super) fn run(command: &Command) -> Result<Run, Failure> {
    let finished = started(command)?;
    let printed = String::from_utf8_lossy(&finished.output.stdout);
    parse(&printed).ok_or_else(|| Failure::configuration(format!("{command:?} says: {printed}")))
}

/// Runs `psql`, or a shell that runs it: all of the process is its time, since nobody sees
/// more.
pub(super) fn run_psql(command: &Command) -> Result<Run, Failure> {
    let finished = started(command)?;
    Ok(Run {
        acts: vec![(finished.took, finished.cpu)],
        peak: None,
    })
}

fn started(command: &Command) -> Result<child::Finished, Failure> {
    let finished = child::run(command)
        .map_err(|error| Failure::configuration(format!("{command:?} cannot be run: {error}")))?;
    if finished.output.status.success() {
        return Ok(finished);
    }
    let complaint = String::from_utf8_lossy(&finished.output.stderr);
    Err(Failure::configuration(format!(
        "{command:?} failed: {}",
        complaint.trim()
    )))
}

/// Lines such as `run 1200 340`, in nanoseconds, and `peak 4321`.
fn parse(printed: &str) -> Option<Run> {
    let mut run = Run::default();
    for line in printed.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["run", took, cpu] => {
                let time = |text: &str| text.parse().ok().map(Duration::from_nanos);
                run.acts.push((time(took)?, time(cpu)?));
            }
            ["peak", peak] => run.peak = Some(peak.parse().ok()?),
            _ => {}
        }
    }
    (!run.acts.is_empty()).then_some(run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_says_what_it_did() {
        let run = parse("run 1200 340\nrun 1300 350\npeak 4321\n").unwrap();
        let nanos = Duration::from_nanos;
        assert_eq!(
            run.acts,
            [(nanos(1200), nanos(340)), (nanos(1300), nanos(350))]
        );
        assert_eq!(run.peak, Some(4321));
        assert_eq!(parse(""), None);
        assert_eq!(parse("run x 1\n"), None);
    }
}
