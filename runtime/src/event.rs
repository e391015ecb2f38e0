//! What a run tells while it goes on.

use std::time::Duration;

use crate::blocker::Blocker;
use crate::database_error::DatabaseError;
use crate::error::Error;
use crate::finding::Finding;
use crate::step::{HeldBack, Plan, Step};

/// Something that has just happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// History was read and found good; these steps will run.
    Planned {
        /// What will run; may be empty.
        plan: &'a Plan,
    },
    /// A contract step, and all after it, waits for a later release. Told after the plan.
    Held {
        /// What waits, and for what.
        held: &'a HeldBack,
    },
    /// Another session holds the advisory lock. Told at first, then every few seconds.
    WaitingForLock {
        /// The session that holds it, unless it let go meanwhile.
        holder: Option<&'a Blocker>,
        /// For how long this run has waited.
        waited: Duration,
    },
    /// A statement of the runner's own waits, since these sessions keep locks on the history's
    /// tables. Told at first, then every few seconds.
    WaitingForHistory {
        /// The sessions that hold the locks, as far as they are known.
        blockers: &'a [Blocker],
        /// For how long this run has waited.
        waited: Duration,
    },
    /// The database has migrations newer than this program's newest; all of the
    /// program's own are applied with equal checksums, so there is nothing to do.
    NewerDatabase {
        /// The labels of the newer migrations.
        newer: &'a [String],
    },
    /// These faults were found, and the migrator was told to live with them.
    Tolerated {
        /// In order of version.
        findings: &'a [Finding],
    },
    /// A step began.
    Started {
        /// The step.
        step: &'a Step,
    },
    /// A statement was executed: only with
    /// [`Migrator::per_statement`](crate::Migrator::per_statement), and in files that
    /// run outside a transaction.
    StatementFinished {
        /// The step it belongs to.
        step: &'a Step,
        /// Which statement, from 1.
        statement: usize,
        /// How long it took.
        duration: Duration,
    },
    /// A lock, deadlock or serialization failure; nothing was kept and the same will be
    /// tried again.
    Retried {
        /// The step.
        step: &'a Step,
        /// How many tries have failed.
        failed: u32,
        /// How long the run sleeps before the next one.
        pause: Duration,
        /// What went wrong.
        cause: &'a Error,
    },
    /// A statement waits for these sessions. Told at first, then every few seconds. On a
    /// connection that is not made by [`Migrator::connect`](crate::Migrator::connect), only
    /// where another session is at work on what a crash left.
    Blocked {
        /// The step.
        step: &'a Step,
        /// Who is in its way.
        blockers: &'a [Blocker],
        /// For how long it has waited.
        waited: Duration,
    },
    /// The server said something. Only on a connection made by
    /// [`Migrator::connect`](crate::Migrator::connect).
    Notice {
        /// The step.
        step: &'a Step,
        /// What it said, and how serious it is.
        notice: &'a DatabaseError,
    },
    /// A batch was committed. On a connection that is not made by
    /// [`Migrator::connect`](crate::Migrator::connect), told once, when all are.
    BatchFinished {
        /// The step.
        step: &'a Step,
        /// Which statement, from 1.
        statement: usize,
        /// How many there were so far, those of earlier runs included.
        batches: usize,
        /// How many rows they touched.
        rows: usize,
        /// How many rows there are in all, where the file asks for that.
        total: Option<usize>,
    },
    /// The connection was lost, and no new one could be made yet. Told at first, then every few
    /// seconds, until the lock deadline. Only on a connection made by
    /// [`Migrator::connect`](crate::Migrator::connect).
    Reconnecting {
        /// The step that was under way; none before the first and after the last.
        step: Option<&'a Step>,
        /// For how long this run has tried.
        waited: Duration,
    },
    /// The connection was lost, and there is a new one. Only on a connection made by
    /// [`Migrator::connect`](crate::Migrator::connect).
    Reconnected {
        /// The step that was under way.
        step: &'a Step,
        /// Whether it had been committed; if not, it begins anew or goes on where it was.
        was_done: bool,
    },
    /// A commit that waited for a synchronous standby was cancelled at the deadline: the step, or what
    /// was written for it, is committed on this server, and no standby has confirmed it. Only on a
    /// connection made by [`Migrator::connect`](crate::Migrator::connect).
    NotConfirmed {
        /// The step.
        step: &'a Step,
    },
    /// A statement outside a transaction was interrupted; what it left was dealt with.
    Recovered {
        /// The step.
        step: &'a Step,
        /// Which statement, from 1.
        statement: usize,
        /// What had to be executed first; empty where the statement was found to have done
        /// its work, or has nothing to take back.
        executed: &'a [String],
    },
    /// A statement was left out of a step that was done, and that was recorded.
    Skipped {
        /// The step.
        step: &'a Step,
        /// Which statement, from 1.
        statement: usize,
        /// The extension that the server does not have.
        extension: &'a str,
    },
    /// Another process finished this step first; it was not executed again.
    FinishedElsewhere {
        /// The step.
        step: &'a Step,
    },
    /// Scripts have changed these settings of the session, and they stay so: `SET` without `LOCAL`.
    /// Not told behind a pooler, nor of `search_path` and role, which are put back.
    SettingsChanged {
        /// Their names.
        names: &'a [String],
    },
    /// Objects of repeatables were made again, without what others had set on them; or they are gone,
    /// and the run has failed. Told at the end.
    Lost {
        /// The statements that set it again.
        statements: &'a [String],
    },
    /// A migration has dropped materialized views of repeatables, which no run builds again. Told at
    /// the end.
    NotRebuilt {
        /// Their kinds and names.
        objects: &'a [String],
    },
    /// A step was done and recorded.
    Finished {
        /// The step with its duration.
        step: &'a Step,
    },
    /// A step failed; the run ends.
    Failed {
        /// The step.
        step: &'a Step,
        /// The error that the run will return.
        error: &'a Error,
    },
}

/// Listens to a run. Every `FnMut(&Event<'_>)` is one.
pub trait Observer: Send {
    /// Called on the thread of the run, between its messages to the server; while it
    /// lasts, the run waits and holds its locks.
    fn observe(&mut self, event: &Event<'_>);
}

impl<F: FnMut(&Event<'_>) + Send> Observer for F {
    fn observe(&mut self, event: &Event<'_>) {
        self(event);
    }
}
