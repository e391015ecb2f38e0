//! How far a script outside a transaction has come, and what is written down of that.

use std::time::Duration;

use super::verdict::Verdict;
use crate::embedded::{StatementOptionKind, Target};
use crate::error::Result;
use crate::history::History;
use crate::lock::AdvisoryLock;
use crate::own::{self, Frame, Question};
use crate::prepared_step::PreparedStep;
use crate::row::{Row, Rows, Unreadable};
use crate::server::Server;
use crate::sql;
use crate::step::{Action, Step};
use crate::wire::Wire;

/// How far a script outside a transaction has come.
pub(crate) struct Progress {
    pub(crate) attempt: i64,
    /// How many statements are finished.
    pub(crate) done: usize,
    /// What the next one's target was before, where that has begun.
    pub(crate) intent: Option<Vec<i64>>,
    /// The intent of an earlier run that was judged, and that ours takes the place of.
    pub(crate) replaced: Option<Vec<i64>>,
    /// How many batches of it there were, and rows.
    pub(crate) batches: [usize; 2],
}

/// A first statement of its own transactions that the server has refused.
pub(crate) struct Refused<'r> {
    pub(crate) target: &'r Target<'r>,
    /// Whether nothing can have stayed, whatever the catalog shows.
    pub(crate) is_harmless: bool,
    /// Whether an earlier run had begun it.
    pub(crate) has_begun_before: bool,
}

impl Progress {
    /// Reads how far a claimed script has come; `None` where it is not there any more.
    pub(crate) async fn read(
        server: &mut dyn Server,
        lock: &AdvisoryLock,
        wire: &mut Wire<'_>,
        step: &Step,
    ) -> Result<Option<Self>> {
        let state = match step.action {
            Action::RollBack => "'rolling back'",
            _ => "'applying'",
        };
        let version = step.version.unwrap_or_default().to_string();
        let values = [("version", &*version), ("state", state)];
        let query = lock
            .history
            .fill(include_str!("../sql/recovery/read_progress.sql"), &values);
        let sets = wire.ask(server, &lock.history, &query).await?;
        let read = |row: Row<'_>| {
            let count = |column| {
                row.get(column)
                    .map(|n: i64| usize::try_from(n).unwrap_or(0))
            };
            Ok::<_, Unreadable>(Self {
                attempt: row.get("attempt")?,
                done: count("done")?,
                intent: row.get("intent")?,
                replaced: None,
                batches: [count("batches")?, count("batch_rows")?],
            })
        };
        let row = sets.first().and_then(Rows::first);
        lock.history.reading(row.map(read).transpose())
    }

    /// Judges the next statement. Where it has not begun, what its target is now is written
    /// down as the intent; `None` where another program has moved on.
    pub(crate) async fn judge(
        &self,
        server: &mut dyn Server,
        lock: &AdvisoryLock,
        wire: &mut Wire<'_>,
        target: &Target<'_>,
        step: &Step,
    ) -> Result<Option<Verdict>> {
        let [names, judge] = self.judgement(lock, target, step);
        let query = if self.intent.is_some() {
            judge
        } else {
            // Names in it may look like a blank, so it is not looked into.
            let (attempt, done) = (self.attempt.to_string(), self.done.to_string());
            let replaced = self.replaced.as_ref().map_or_else(
                || "NULL".to_owned(),
                |it| format!("{}::bigint[]", sql::array(it.iter())),
            );
            let values = [
                ("judge", &*judge),
                ("attempt", &attempt),
                ("done", &done),
                ("replaced", &replaced),
            ];
            let write = include_str!("../sql/recovery/write_intent.sql");
            lock.history.guard() + &lock.history.fill(write, &values)
        };
        let history = &lock.history;
        let sets = wire.ask_after(&[names], server, history, &query).await?;
        let Some(row) = sets.last().and_then(Rows::first) else {
            return Ok(None);
        };
        lock.history.reading(Verdict::from_row(row)).map(Some)
    }

    /// Takes the claim of a script back whose first statement the server has refused, unless
    /// something may have stayed of it; whether that was done. A hook that has run with the claim
    /// keeps it: then only the intent goes.
    pub(crate) async fn take_back(
        &self,
        server: &mut dyn Server,
        lock: &AdvisoryLock,
        work: &PreparedStep<'_>,
        refused: Option<Refused<'_>>,
        keeps_claim: bool,
    ) -> bool {
        let (history, step) = (&lock.history, work.step);
        let forget = refused.map(
            |Refused {
                 target,
                 is_harmless,
                 has_begun_before,
             }| {
                let [names, judge] = self.judgement(lock, target, step);
                let [is_harmless, has_begun_before] =
                    [is_harmless, has_begun_before].map(|it| it.to_string());
                let values = [
                    ("judge", &*judge),
                    ("kind", &*sql::literal(target.kind.word())),
                    ("is_harmless", &*is_harmless),
                    ("has_begun_before", &*has_begun_before),
                    ("attempt", &*self.attempt.to_string()),
                ];
                let forget = history.fill(
                    include_str!("../sql/recovery/forget_intent.sql").trim_end(),
                    &values,
                );
                (names, History::counted(&forget, 1))
            },
        );
        let (names, forget) = forget.unzip();
        let take_back = if keeps_claim {
            String::new()
        } else {
            history.take_back(work, self.attempt)
        };
        let statements = [&*history.guard(), &forget.unwrap_or_default(), &take_back].concat();
        // Not knowing must not delay the error that brought us here.
        let statements = statements.trim_end().trim_end_matches(';');
        let names: Vec<String> = names.into_iter().collect();
        let question = Question::after(&names, statements, own::BRIEF, Frame::Ends);
        own::rows(server, &question.message).await.is_ok()
    }

    /// What resolves the names of a target on the session's path, and what then judges it.
    fn judgement(&self, lock: &AdvisoryLock, target: &Target<'_>, step: &Step) -> [String; 2] {
        let text = |text: &str| sql::nullable(Some(text).filter(|text| !text.is_empty()));
        let before = sql::array(self.intent.as_deref().unwrap_or_default().iter());
        let is_down = step.action == Action::RollBack;
        let values = [
            ("is_down", &*is_down.to_string()),
            ("kind", &sql::literal(target.kind.word())),
            ("name", &text(target.name)),
            ("table", &text(target.table)),
            ("has_begun", &self.intent.is_some().to_string()),
            ("before", &format!("{before}::bigint[]")),
            ("pid", &lock.session.pid.to_string()),
            (
                "blocker",
                include_str!("../sql/watch/blocker.sql").trim_end(),
            ),
        ];
        [
            include_str!("../sql/recovery/judge_names.sql"),
            include_str!("../sql/recovery/classify_interrupted.sql"),
        ]
        .map(|template| sql::fill(template.trim_end(), &values))
    }

    /// Notes that the next statement is finished, what it took, and which one comes then.
    pub(crate) fn record(
        &self,
        history: &History,
        work: &PreparedStep<'_>,
        took: Option<Duration>,
    ) -> String {
        let is_batch = matches!(
            work.script.special(self.done),
            Some(StatementOptionKind::Batch(_))
        );
        let values = [
            (
                "next_statement",
                &*sql::nullable(work.excerpt(self.done + 1).as_deref()),
            ),
            ("work", &took.map_or("NULL".to_owned(), sql::interval)),
            ("is_batch", if is_batch { "true" } else { "false" }),
            ("attempt", &self.attempt.to_string()),
            ("done", &self.done.to_string()),
        ];
        history.fill(include_str!("../sql/recovery/record_progress.sql"), &values)
    }

    /// Notes what a statement took whose record was written before it, in its own transaction.
    pub(crate) fn record_work(&self, history: &History) -> String {
        self.fill(
            history,
            &History::counted(
                include_str!("../sql/recovery/record_work.sql").trim_end(),
                1,
            ),
        )
    }

    /// What to do about a statement of which only a person can tell how far it came.
    pub(crate) fn recipe(&self, history: &History, repair: Option<&String>) -> String {
        repair.map_or_else(
            || self.fill(history, include_str!("decide.txt").trim_end()),
            |sql| format!("run this, unless it is still wanted, and then again:\n    {sql}"),
        )
    }

    fn fill(&self, history: &History, template: &str) -> String {
        let (attempt, done) = (self.attempt.to_string(), self.done.to_string());
        history.fill(template, &[("attempt", &attempt), ("done", &done)])
    }
}
