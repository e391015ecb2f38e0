//! Every sentence of an [`Error`].

use std::fmt;

use crate::advice;
use crate::error::{Error, Kept, Kind, ScriptFailure, Stage, Why};

/// An error shows the last steps before it; the report has them all.
const SHOWN_STEPS: usize = 5;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            Kind::Refused(findings) => {
                f.write_str("refused before anything was written:")?;
                for finding in findings {
                    write!(f, "\n  - {}", finding.to_string().replace('\n', "\n    "))?;
                }
            }
            Kind::Script(failure) => script(f, failure)?,
            Kind::Database { doing, cause } => {
                write!(f, "{doing} failed")?;
                server(f, cause)?;
            }
            Kind::OutcomeUnknown { label, action, cause } => {
                let doing = action.words()[2];
                write!(f, "outcome unknown: the connection was lost while {doing} {label}")?;
                server(f, cause)?;
                write!(f, "\n  {}", advice::sentence("outcome-unknown", &[]))?;
            }
            Kind::LockDeadline { history, waited, holder } => {
                let (by, end) = holder.as_ref().map_or_else(Default::default, |holder| {
                    let end = advice::sentence("end", &[("pid", &holder.pid.to_string())]);
                    (format!("\n  held by {holder}"), end)
                });
                write!(f, "the migration lock for {history} was not free within {waited:.1?}{by}")?;
                write!(f, "\n  let that run finish and run again{end}")?;
            }
            Kind::LockLost { history } => {
                f.write_str(&advice::sentence("lock-lost", &[("label", history)]))?;
            }
            Kind::HistoryMoved { label } => {
                f.write_str(&advice::sentence("moved", &[("label", label)]))?;
            }
            Kind::Configuration(message) => f.write_str(message)?,
        }
        if !self.report().is_empty() {
            let steps = &self.report().steps;
            write!(f, "\n  done before, and kept:")?;
            if let Some(more) = steps.len().checked_sub(SHOWN_STEPS).filter(|more| *more > 0) {
                write!(f, " {more} steps, and then")?;
            }
            for step in &steps[steps.len().saturating_sub(SHOWN_STEPS)..] {
                write!(f, "\n    {step}")?;
            }
        }
        Ok(())
    }
}

fn script(f: &mut fmt::Formatter<'_>, failure: &ScriptFailure) -> fmt::Result {
    let ScriptFailure { label, path, statements, action, .. } = failure;
    let failed = match failure.why {
        Why::Server(_) => "failed",
        Why::CutShort { .. } => "stopped at a statement that was cut short",
    };
    write!(f, "{} {label} {failed}\n  --> {path}", action.words()[2])?;
    match failure.stage {
        Stage::Claim => f.write_str(", while claiming it in the history")?,
        Stage::Statement(place) | Stage::Verify(Some(place)) => {
            let (line, column, number) = (place.line, place.column, place.statement + 1);
            write!(f, ":{line}:{column}, statement {number} of {statements}")?;
            write!(f, "\n  | {}", failure.excerpt)?;
        }
        Stage::Record => f.write_str(", behind its last statement, at the commit")?,
        Stage::Verify(None) | Stage::Unknown => {}
    }
    match &failure.why {
        Why::Server(cause) => server(f, cause)?,
        Why::CutShort { why, recipe } => {
            return write!(f, "\n  {why}\n  {}", recipe.replace('\n', "\n  "));
        }
    }
    for blocker in &failure.blockers {
        write!(f, "\n  in the way may be {blocker}")?;
    }
    match failure.kept {
        Kept::Nothing => write!(f, "\n  nothing of {label} was kept; correct it and run again")?,
        Kept::Statements(done) => {
            write!(f, "\n  {done} of its {statements} statements are finished and stay")?;
            f.write_str("; the next run goes on behind them, with the same file")?;
        }
    }
    f.write_str("\n  `cargo pgstrata status` shows where the database stands")
}

/// What the server said, or the client where the server did not speak.
fn server(f: &mut fmt::Formatter<'_>, cause: &postgres::Error) -> fmt::Result {
    let Some(error) = cause.as_db_error() else {
        write!(f, "\n  {cause}")?;
        let mut inner = std::error::Error::source(cause);
        while let Some(error) = inner {
            write!(f, ": {error}")?;
            inner = error.source();
        }
        return Ok(());
    };
    write!(f, "\n  {} {}: {}", error.severity(), error.code().code(), error.message())?;
    for (name, text) in [("detail", error.detail()), ("hint", error.hint())] {
        if let Some(text) = text {
            write!(f, "\n  {name}: {text}")?;
        }
    }
    if let Some(context) = error.where_() {
        write!(f, "\n  context: {}", context.replace('\n', "\n    "))?;
    }
    match advice::on(error.code()) {
        Some(advice) => write!(f, "\n  advice: {advice}"),
        None => Ok(()),
    }
}
