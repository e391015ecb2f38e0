//! Every sentence of an [`Error`], but for what was done before it.

use std::fmt;
use std::iter::successors;
use std::time::Duration;

use crate::cause::Cause;
use crate::database_error::DatabaseError;
use crate::{advice, messages};

use crate::blocker::Blocker;
use crate::error::{Error, ErrorKind, Kept};
use crate::finding::{Fault, Finding};
use crate::place::Stage;
use crate::place::StatementPosition;
use crate::prepared_step::{ENDED, Failure, PreparedStep};
use crate::step::{Action, Step};

impl Error {
    pub(crate) fn refused(findings: Vec<Finding>) -> Self {
        let list = findings.iter().map(|finding| match finding.fault {
            // Blanks within the quotes of its statements count.
            Fault::InUse { .. } => finding.to_string(),
            _ => finding.to_string().replace('\n', "\n    "),
        });
        let list: Vec<String> = list.collect();
        let text = format!(
            "refused before anything was written:\n  - {}",
            list.join("\n  - ")
        );
        let mut error = Self::new(ErrorKind::Refused, None, text, None);
        error.0.findings = findings;
        error
    }

    /// One of the runner's own queries failed.
    pub(crate) fn database(doing: impl fmt::Display, cause: impl Into<Cause>) -> Self {
        let cause = cause.into();
        let text = format!("{doing} failed{}", said(&cause));
        Self::new(ErrorKind::Failed, None, text, Some(cause))
    }

    /// Of something that the server had no part in: a message says it all.
    pub(crate) fn said(message: String) -> Self {
        Self::new(ErrorKind::Failed, None, message, None)
    }

    /// The history's tables are not as we make them, or their owner is not trusted: the server's
    /// message has a line an offence, its hint the statement that repairs it.
    pub(crate) fn untrusted(table: &str, said: &DatabaseError) -> Self {
        let repairs = said.hint().unwrap_or_default().lines();
        let offences = said.message().lines().zip(repairs);
        let list = offences.map(|(offence, repair)| format!("\n  - {offence}\n    {repair}"));
        let list = list.collect::<String>();
        Self::new(
            ErrorKind::Refused,
            None,
            messages::untrusted(table, &list),
            None,
        )
    }

    /// The history's tables would not be made as we make them.
    pub(crate) fn made_otherwise(table: &str, said: &DatabaseError, repairs: &[String]) -> Self {
        let list = format!("\n  - {}", said.message().replace('\n', "\n  - "));
        let repairs = format!("\n    {}", repairs.join("\n    "));
        let text = messages::made_otherwise(table, &list, &repairs);
        Self::new(ErrorKind::Refused, None, text, None)
    }

    /// The history cannot give the next attempt a number.
    pub(crate) fn sequence(table: &str, last: i64, newest: i64, repair: &str) -> Self {
        let text = messages::sequence(table, last, newest, repair);
        Self::new(ErrorKind::Refused, None, text, None)
    }

    /// Other sessions kept locks on the history until the deadline.
    pub(crate) fn history_locked(
        history: &str,
        waited: Duration,
        holders: &[Blocker],
        cause: Cause,
    ) -> Self {
        let by = |holder: &Blocker| format!("\n  held by {holder}{}", end(holder));
        let by: String = holders.iter().map(by).collect();
        let waited = format!("{waited:.1?}");
        let text = messages::history_locked(history, &waited, &by);
        Self::new(ErrorKind::LockDeadline, None, text, Some(cause))
    }

    /// A run would have to upgrade the history, and this role may not.
    pub(crate) fn not_upgradable(table: &str, [from, to]: [i32; 2], list: &str) -> Self {
        let text = messages::not_upgradable(table, from, to, list);
        Self::new(ErrorKind::Refused, None, text, None)
    }

    /// A message instead, where the server's error is such a one.
    pub(crate) fn replaced_if(self, is: fn(&DatabaseError) -> bool, message: String) -> Self {
        if self.database_error().is_some_and(is) {
            Self::said(message)
        } else {
            self
        }
    }

    /// The same error, with the statements that repair it.
    pub(crate) fn with_repairs(mut self, repairs: &[String]) -> Self {
        if !repairs.is_empty() {
            let list = format!("\n    {}", repairs.join("\n    "));
            self.0.text += &messages::lacking(&list);
        }
        self
    }

    /// The server may have ended the session by itself.
    pub(crate) fn ended_at_once(mut self) -> Self {
        self.0.text += &messages::first_error();
        self
    }

    /// The same error, with other words before it.
    pub(crate) fn while_doing(mut self, doing: &str) -> Self {
        if self.0.kind != ErrorKind::Failed {
            return self;
        }
        if let Some(cause) = &self.0.cause {
            self.0.text = format!("{doing} failed{}", said(cause));
        }
        self
    }

    /// The history is not what the plan was made for.
    pub(crate) fn moved(label: &str) -> Self {
        let text = messages::moved(label);
        Self::new(ErrorKind::Moved, Some(label), text, None)
    }

    /// A redo has rolled back, and then failed to apply: to run it again would roll back more.
    pub(crate) fn on_the_way_up_again(mut self) -> Self {
        let again = messages::again();
        if let Some(kept) = self.0.text.find(&again) {
            let redone = messages::redone();
            self.0.text.replace_range(kept..kept + again.len(), &redone);
        } else {
            let redone = messages::redone_partly();
            self.0.text += &["\n  ", &*redone].concat();
        }
        self
    }

    pub(crate) fn outcome_unknown(step: &Step, cause: impl Into<Cause>) -> Self {
        let (label, cause) = (&*step.label, cause.into());
        let text = messages::outcome_unknown(step.action.words()[2], label, &said(&cause));
        Self::new(ErrorKind::OutcomeUnknown, Some(label), text, Some(cause))
    }

    /// No other connection can show it: none could be made, or it leads to a server on which this run must not go on.
    pub(crate) fn still_unknown(mut self, reconnecting: Self) -> Self {
        if reconnecting.0.kind != ErrorKind::Failed {
            return reconnecting;
        }
        // Before the last line, which says what to do.
        let text = &mut self.0.text;
        let at = text.rfind('\n').unwrap_or(text.len());
        text.insert_str(at, &["\n  ", &*reconnecting.0.text].concat());
        self
    }

    /// The connection no longer answered at the deadline, and the history shows what became of it.
    pub(crate) fn given_up(self, has_begun: bool) -> Self {
        let label = self.label().unwrap_or_default().to_owned();
        let text = if has_begun {
            messages::given_up_begun(&label)
        } else {
            messages::given_up(&label)
        };
        Self::new(ErrorKind::Failed, Some(&label), text, self.0.cause)
    }

    /// Nothing more begins.
    pub(crate) fn deadline_passed(label: &str) -> Self {
        let text = messages::deadline_passed(label);
        Self::new(ErrorKind::Failed, Some(label), text, None)
    }

    pub(crate) fn lock_deadline(history: &str, waited: Duration, holder: Option<Blocker>) -> Self {
        let (by, end) = holder.map_or_else(Default::default, |holder| {
            (format!("\n  held by {holder}"), end(&holder))
        });
        let waited = format!("{waited:.1?}");
        let text = messages::lock_deadline(history, &waited, &by, &end);
        Self::new(ErrorKind::LockDeadline, None, text, None)
    }
}

impl Failure<'_> {
    pub(crate) fn explained(self, kept: Kept, blockers: &[Blocker]) -> Error {
        let label = &self.work.step.label;
        let stopped = self.work.stopped(self.stage, "failed");
        let said = said(&self.cause);
        let blockers = blockers
            .iter()
            .map(|it| format!("\n  in the way may be {it}{}", end(it)));
        let kept = match kept {
            _ if self.work.step.action == Action::Verify => messages::verify(),
            None if self.code().is_some_and(|code| code == ENDED) => messages::ended(label),
            None => {
                let next = match (self.work.step.action, self.work.step.version) {
                    // What runs is what is stored, whatever the file is now.
                    (Action::RollBack, Some(version)) => messages::again_down(version),
                    _ => messages::again(),
                };
                format!("nothing of {label} was kept; {next}")
            }
            Some(done) => messages::kept(done, self.work.texts.len()),
        };
        let status = messages::stands();
        let blockers = blockers.collect::<String>();
        let text = format!("{stopped}{said}{blockers}\n  {kept}\n  {status}");
        Error::new(ErrorKind::Failed, Some(label), text, Some(self.cause)).at(self.stage)
    }
}

impl PreparedStep<'_> {
    /// What a person has to decide before the statement can go on.
    pub(crate) fn interrupted(&self, statement: usize, why: &str, recipe: &str) -> Error {
        let stage = Stage::Statement(StatementPosition {
            statement,
            behind: 0,
        });
        let stopped = self.stopped(stage, "stopped at an interrupted statement");
        let text = format!("{stopped}\n  {why}\n  {}", recipe.replace('\n', "\n  "));
        Error::new(ErrorKind::Interrupted, Some(&self.step.label), text, None).at(stage)
    }

    /// Which step stopped, and where.
    fn stopped(&self, stage: Stage, how: &str) -> String {
        let (script, sent, path) = match (stage, &self.verify) {
            (Stage::Verify(_), Some((verify, texts))) => {
                (*verify, texts, self.path.replace(".up.sql", ".verify.sql"))
            }
            _ => (&self.script, &self.texts, self.path.clone()),
        };
        let Step { action, label, .. } = self.step;
        let stored = if *action == Action::RollBack {
            " as stored in the history"
        } else {
            ""
        };
        let text = format!("{} {label} {how}\n  --> {path}", action.words()[2]);
        match stage {
            Stage::Claim => format!("{text}{stored}, while claiming it in the history"),
            Stage::Before => format!("{text}{stored}, in the hook before it"),
            Stage::Code => format!(
                "{text}{stored}, in {}",
                script.code.map_or("", |it| it.path)
            ),
            Stage::After => format!("{text}{stored}, in the hook after it"),
            Stage::Record => format!("{text}{stored}, behind its last statement, at the commit"),
            Stage::Statement(place) | Stage::Verify(Some(place)) => {
                let (line, column, statement) = place.within(script, sent);
                let (number, total) = (place.statement + 1, script.packed.len());
                let excerpt = statement.lines().next().unwrap_or_default();
                format!(
                    "{text}:{line}:{column}{stored}, statement {number} of {total}\n  | {excerpt}"
                )
            }
            Stage::Verify(None) | Stage::Unknown => text + stored,
        }
    }
}

/// How a session can be ended; a prepared transaction says so itself.
fn end(holder: &Blocker) -> String {
    let end = holder.end().filter(|_| holder.pid.is_some());
    end.map_or(String::new(), |end| messages::or_end(&end))
}

/// What Rust code said, and then the server; or the client where the server did not speak.
fn said(cause: &Cause) -> String {
    let Some(error) = &cause.said else {
        let first: &(dyn std::error::Error + 'static) = &*cause.error;
        let chain = successors(Some(first), |error| error.source());
        let said: Vec<String> = chain.map(ToString::to_string).collect();
        return format!("\n  {}", said.join(": "));
    };
    let own = cause.around.iter().map(|said| format!("\n  {said}"));
    let context = error
        .context()
        .map(|context| context.replace('\n', "\n    "));
    let more = [
        ("detail", error.detail()),
        ("hint", error.hint()),
        ("context", context.as_deref()),
        ("advice", advice::on(error)),
    ];
    let more = more
        .into_iter()
        .filter_map(|(name, said)| Some(format!("\n  {name}: {}", said?)));
    let (own, more, code) = (
        own.collect::<String>(),
        more.collect::<String>(),
        error.code(),
    );
    format!(
        "{own}\n  {} {code}: {}{more}",
        error.severity(),
        error.message()
    )
}
