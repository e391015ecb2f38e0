//! What steps are executed with, and what their transactions are made of.

use std::time::{Duration, Instant};

use crate::context::Context;
use crate::embedded::Script;
use crate::lock::AdvisoryLock;
use crate::place::Stage;
use crate::prepared_step::{Part, PreparedStep};
use crate::server::Server;
use crate::step::{Action, Report};
use crate::{own, sql};

/// What steps are executed with, and how far it has come.
pub(crate) struct Executor<'e, 'o> {
    pub(crate) server: &'e mut dyn Server,
    pub(crate) lock: AdvisoryLock,
    pub(crate) context: &'e mut Context<'o>,
    /// Kept with the events.
    pub(crate) reason: Option<&'e str>,
    pub(crate) report: Report,
    /// Whether an earlier run has claimed the step, outside a transaction.
    pub(crate) is_resumed: bool,
    /// Where all steps are one transaction, the repeatables that are applied as they are: if a step takes
    /// something from one of them, the transaction fails.
    pub(crate) unplanned: Vec<&'e str>,
    /// Those for which it failed.
    pub(crate) lacking: Vec<String>,
    /// When what runs now was sent.
    pub(crate) began: Instant,
}

/// Around a repeatable that shares its transaction: a transaction within it, so that what the script makes
/// is known from what others make.
const MARK: &str = "SAVEPOINT pgstrata_repeat";
const UNMARK: &str = "RELEASE SAVEPOINT pgstrata_repeat";

impl<'e, 'o> Executor<'e, 'o> {
    pub(crate) fn new(
        server: &'e mut dyn Server,
        lock: AdvisoryLock,
        context: &'e mut Context<'o>,
        reason: Option<&'e str>,
    ) -> Self {
        Self {
            server,
            lock,
            context,
            reason,
            report: Report::default(),
            is_resumed: false,
            unplanned: Vec::new(),
            lacking: Vec::new(),
            began: Instant::now(),
        }
    }

    /// All that is sent for a transaction, in order.
    pub(crate) fn parts<'w>(&self, works: &'w [PreparedStep<'w>]) -> Vec<Part<'w>> {
        let mut parts = Vec::new();
        for (index, work) in works.iter().enumerate() {
            let is_repeat = work.step.action == Action::Repeat;
            if is_repeat && index > 0 && works[index - 1].step.action != Action::Repeat {
                parts.extend(self.lacks_nothing(work));
            }
            let is_marked = works.len() > 1 && is_repeat;
            if is_marked {
                parts.push(Part::new(work, Stage::Claim, Some(MARK.to_owned())));
            }
            // What the first one has locked, stays so until the transaction's end.
            parts.push(self.claim(work, index == 0));
            if let Some(hook) = self.before(work) {
                let reading = self.lock.session.reading.clone();
                parts.extend([hook, Part::new(work, Stage::Claim, Some(reading))]);
            }
            parts.push(Part::script(work, Stage::Unknown, &work.texts));
            parts.extend(work.script.code.map(|_| Part::new(work, Stage::Code, None)));
            parts.extend(self.ending(work, index + 1 == works.len()));
            if is_marked {
                parts.push(Part::new(work, Stage::Record, Some(UNMARK.to_owned())));
            }
        }
        parts.extend(works.last().and_then(|work| self.lacks_nothing(work)));
        parts
    }

    /// The hook before it, which has run already with a claim that is taken over.
    pub(crate) fn before<'w>(&self, work: &'w PreparedStep<'w>) -> Option<Part<'w>> {
        let hook = self.context.hooks.part(work, Stage::Before);
        hook.filter(|_| !work.step.is_untouched)
    }

    /// What comes before a script, and first of all in its transaction, if `is_first`.
    pub(crate) fn claim<'w>(&self, work: &'w PreparedStep<'w>, is_first: bool) -> Part<'w> {
        let history = &self.lock.history;
        let claim = history.claim(work, self.reason);
        let claim = match work.step.action {
            // It only reads.
            Action::Verify => claim,
            _ => {
                let guard = if is_first {
                    history.guard()
                } else {
                    String::new()
                };
                let claim = self.own(&[guard, claim].concat());
                self.limited(&work.script, &claim)
            }
        };
        // Behind a pooler, a later one would note our own search path as the session's.
        let begin = if is_first {
            self.begin(&work.script)
        } else {
            self.settings("SET LOCAL", &work.script, false)
        };
        Part::new(work, Stage::Claim, Some(begin + "\n" + &claim))
    }

    /// Statements of ours inside a transaction, on a path that nobody can write to.
    pub(crate) fn own(&self, statements: &str) -> String {
        [own::SAFE_PATH, statements, &self.lock.session.back].concat()
    }

    /// Statements of ours within a script that waits for locks without a limit: we do not.
    pub(crate) fn limited(&self, script: &Script<'_>, statements: &str) -> String {
        let timeout = script
            .lock_timeout
            .unwrap_or(self.context.wire.lock_timeout);
        if !timeout.is_zero() {
            return statements.to_owned();
        }
        let set = |limit: Duration| {
            let limit = sql::milliseconds(limit);
            format!("SET LOCAL lock_timeout = {limit};\n")
        };
        let limit = set(self.context.wire.limits().lock);
        [&*limit, statements, "\n", &set(timeout)].concat()
    }

    /// Gives role and search path back. Triggers of deferred constraints would run with ours at the
    /// COMMIT, so they run before, unless more scripts come in this transaction, whose rows may not be
    /// complete without it.
    pub(crate) fn leave(&self, work: &PreparedStep<'_>, is_last: bool) -> String {
        let runs = [Action::Apply, Action::RollBack, Action::Repeat];
        let has_deferred = is_last && runs.contains(&work.step.action);
        let deferred = if has_deferred { own::DEFERRED } else { "" };
        [deferred, &self.lock.session.leave].concat()
    }

    /// What comes after a script: what verifies it, a hook, and the record. If it `is_last` in its
    /// transaction, what was deferred runs first, while role and search path are the script's.
    pub(crate) fn ending<'w>(
        &self,
        work: &'w PreparedStep<'w>,
        is_last: bool,
    ) -> impl Iterator<Item = Part<'w>> {
        const SAVE: &str = "SAVEPOINT pgstrata_verify";
        const FORGET: &str = "ROLLBACK TO SAVEPOINT pgstrata_verify";
        let own = |text: &str| Part::new(work, Stage::Record, Some(text.to_owned()));
        let verify = work.verify.as_ref();
        let verify = verify.map(|(_, texts)| Part::script(work, Stage::Verify(None), texts));
        let verify = verify.map(|verify| [own(SAVE), verify, own(FORGET)]);
        let hook = self.context.hooks.part(work, Stage::After);
        let leave = self.leave(work, is_last);
        let hook = hook.map(|hook| [own(&leave), hook]);
        let record = self.lock.history.record(work, self.reason) + "\n" + &self.follows(work);
        let record = self.limited(&work.script, &[own::SAFE_PATH, &*record].concat());
        let record = own(&[leave, record].concat());
        verify
            .into_iter()
            .flatten()
            .chain(hook.into_iter().flatten())
            .chain([record])
    }

    /// What a transaction begins with.
    pub(crate) fn begin(&self, script: &Script<'_>) -> String {
        format!(
            "{}\n{}",
            self.settings("SET LOCAL", script, false),
            self.lock.enter() + &self.fixed()
        )
    }

    /// What a run needs of its session, where the next transaction may be another one's.
    fn fixed(&self) -> String {
        if self.context.wire.can.keeps_session {
            return String::new();
        }
        self.lock.session.fixed.set("SET LOCAL")
    }

    pub(crate) fn settings(&self, set: &str, script: &Script<'_>, waits: bool) -> String {
        // `lock_timeout` kills CREATE INDEX CONCURRENTLY when it merely waits for an old
        // snapshot elsewhere, and leaves an invalid index.
        let lock_timeout = script
            .lock_timeout
            .unwrap_or(self.context.wire.lock_timeout);
        let lock_timeout = if waits { Duration::ZERO } else { lock_timeout };
        let statement_timeout = script
            .statement_timeout
            .unwrap_or(self.context.statement_timeout);
        // Zero is no limit.
        let (now, little) = (Instant::now(), Duration::from_millis(1));
        let left = |ends: Instant| ends.saturating_duration_since(now).max(little);
        let limit = Some(statement_timeout).filter(|timeout| !timeout.is_zero());
        let limit = limit
            .into_iter()
            .chain(self.context.wire.ends.map(left))
            .min()
            .unwrap_or_default();
        let [lock, limit] = [lock_timeout, limit].map(sql::milliseconds);
        let mut settings =
            format!("{set} lock_timeout = {lock};{set} statement_timeout = {limit};");
        if self.lock.session.can_notice_lost_client && !self.lock.history.is_prepared() {
            settings += &[set, AdvisoryLock::CHECK_CLIENT].concat();
        }
        settings
    }
}
