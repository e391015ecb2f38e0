//! Every sentence of an [`Error`], but for what was done before it.

use std::fmt;
use std::iter::successors;
use std::time::Duration;

use crate::advice;
use crate::error::{Error, Kept, Kind, Stage};
use crate::event::Blocker;
use crate::migration::Statement;
use crate::place::Place;
use crate::plan::{Action, Step};
use crate::validate::Finding;
use crate::work::{Failure, Work};

impl Error {
    pub(crate) fn refused(findings: Vec<Finding>) -> Self {
        let list = findings.iter().map(|finding| finding.to_string().replace('\n', "\n    "));
        let list: Vec<String> = list.collect();
        let text = format!("refused before anything was written:\n  - {}", list.join("\n  - "));
        Self::new(Kind::Refused, text).with(findings)
    }

    /// One of the runner's own queries failed.
    pub(crate) fn database(doing: impl fmt::Display, cause: postgres::Error) -> Self {
        Self::new(Kind::Failed, format!("{doing} failed{}", server(&cause))).caused_by(cause)
    }

    /// A sentence that says it all, with its blanks filled in.
    pub(crate) fn sentence(name: &str, values: &[(&str, &str)]) -> Self {
        Self::new(Kind::Failed, advice::sentence(name, values))
    }

    /// The history is not what the plan was made for.
    pub(crate) fn moved(label: &str) -> Self {
        Self::sentence("moved", &[("label", label)]).about(label)
    }

    pub(crate) fn outcome_unknown(step: &Step, cause: postgres::Error) -> Self {
        let Step { label, action, .. } = step;
        let doing = action.words()[2];
        let text = format!(
            "outcome unknown: the connection was lost while {doing} {label}{}\n  {}",
            server(&cause),
            advice::sentence("outcome-unknown", &[])
        );
        Self::new(Kind::OutcomeUnknown, text).about(label).caused_by(cause)
    }

    pub(crate) fn lock_deadline(history: &str, waited: Duration, holder: Option<Blocker>) -> Self {
        let (by, end) = holder.map_or_else(Default::default, |holder| {
            let end = advice::sentence("end", &[("pid", &holder.pid.to_string())]);
            (format!("\n  held by {holder}"), end)
        });
        let free = format!("the migration lock for {history} was not free within {waited:.1?}{by}");
        let text = format!("{free}\n  let that run finish and run again{end}");
        Self::new(Kind::LockDeadline, text)
    }
}

impl Work<'_> {
    pub(crate) fn failed(&self, failure: Failure, kept: Kept, blockers: &[Blocker]) -> Error {
        let (label, total) = (&self.step.label, self.script.statements.len());
        let stopped = self.stopped(failure.stage, "failed");
        let said = server(&failure.cause);
        let in_the_way = blockers.iter().map(|it| format!("\n  in the way may be {it}"));
        let kept = match kept {
            Kept::Nothing if self.step.action == Action::Verify => advice::sentence("verify", &[]),
            Kept::Nothing => format!("nothing of {label} was kept; correct it and run again"),
            Kept::Statements(done) => format!(
                "{done} of its {total} statements are finished and stay; the next run goes on \
                 behind them, with the same file"
            ),
        };
        let status = "`cargo pgstrata status` shows where the database stands";
        let in_the_way: String = in_the_way.collect();
        let text = format!("{stopped}{said}{in_the_way}\n  {kept}\n  {status}");
        Error::new(Kind::Failed, text).about(label).caused_by(failure.cause)
    }

    /// What a person has to decide before the statement can go on.
    pub(crate) fn undecided(&self, statement: &Statement, why: &str, recipe: &str) -> Error {
        let stage = Stage::Statement(Place::start_of(self.script, statement));
        let stopped = self.stopped(stage, "stopped at a statement that was cut short");
        let text = format!("{stopped}\n  {why}\n  {}", recipe.replace('\n', "\n  "));
        Error::new(Kind::Undecided, text).about(&self.step.label)
    }

    /// Which step stopped, and where.
    fn stopped(&self, stage: Stage, how: &str) -> String {
        let (script, sent, path) = match (stage, self.verify) {
            (Stage::Verify(_), Some(verify)) => {
                (verify, verify, self.path.replace(".up.sql", ".verify.sql"))
            }
            _ => (self.source, self.script, self.path.clone()),
        };
        let Step { action, label, .. } = self.step;
        let stored = if *action == Action::RollBack { " as stored in the history" } else { "" };
        let text = format!("{} {label} {how}\n  --> {path}", action.words()[2]);
        match stage {
            Stage::Claim => format!("{text}{stored}, while claiming it in the history"),
            Stage::Record => format!("{text}{stored}, behind its last statement, at the commit"),
            Stage::Statement(place) | Stage::Verify(Some(place)) => {
                let (line, column, statement) = place.within(script, sent);
                let (number, total) = (place.statement + 1, script.statements.len());
                let excerpt = statement.lines().next().unwrap_or_default();
                format!(
                    "{text}:{line}:{column}{stored}, statement {number} of {total}\n  | {excerpt}"
                )
            }
            Stage::Verify(None) | Stage::Unknown => text + stored,
        }
    }
}

/// What the server said, or the client where the server did not speak.
fn server(cause: &postgres::Error) -> String {
    let Some(error) = cause.as_db_error() else {
        let chain = successors(Some(cause as &dyn std::error::Error), |error| error.source());
        let said: Vec<String> = chain.map(ToString::to_string).collect();
        return format!("\n  {}", said.join(": "));
    };
    let context = error.where_().map(|context| context.replace('\n', "\n    "));
    let more = [
        ("detail", error.detail()),
        ("hint", error.hint()),
        ("context", context.as_deref()),
        ("advice", advice::on(error.code())),
    ];
    let more = more.into_iter().filter_map(|(name, said)| Some(format!("\n  {name}: {}", said?)));
    let more: String = more.collect();
    format!("\n  {} {}: {}{more}", error.severity(), error.code().code(), error.message())
}
