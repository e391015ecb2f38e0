//! Runs one step in either mode. What to run was decided before.

use std::thread::sleep;
use std::time::{Duration, Instant};

use postgres::error::{DbError, Severity, SqlState};

use crate::backoff::Backoff;
use crate::error::{Error, Kept, Stage};
use crate::event::{Event, Listener};
use crate::history::History;
use crate::lock::{self, Lock};
use crate::migration::{Mode, Script, Statement};
use crate::place::Place;
use crate::sql;
use crate::work::{Failure, Part, Piece, Work, locate, position};

/// How a step ended without an error.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    Done,
    /// The claim was refused: somebody else has the step.
    ClaimedElsewhere,
}

/// How long things may take.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    /// For how long another session may be at work.
    pub(crate) lock_deadline: Duration,
    pub(crate) lock_timeout: Duration,
    pub(crate) statement_timeout: Duration,
    pub(crate) retry_deadline: Duration,
}

/// How a transaction travels.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sending {
    /// One message for everything: one round trip.
    Whole,
    /// One message a statement, so that a failing one is known.
    Statements,
}

/// What a step is executed with.
pub(crate) struct Executor<'e, 'c, 'o> {
    pub(crate) lock: &'e mut Lock<'c>,
    pub(crate) history: &'e History,
    pub(crate) listener: &'e mut Listener<'o>,
    pub(crate) limits: Limits,
    pub(crate) sending: Sending,
}

impl Executor<'_, '_, '_> {
    /// Several works are one transaction.
    pub(crate) fn run(&mut self, works: &[Work<'_>]) -> Result<Outcome, Error> {
        match works {
            [work] if work.script.mode == Mode::NoTransaction => self.run_outside_transaction(work),
            _ => self.run_in_transaction(works),
        }
    }

    /// A failure that names no statement is repeated once, statement by statement.
    fn run_in_transaction(&mut self, works: &[Work<'_>]) -> Result<Outcome, Error> {
        let mut backoff = Backoff::until(self.limits.retry_deadline);
        let mut sending = self.sending;
        let mut failed = 0;
        let parts = self.parts(works);
        loop {
            let began = Instant::now();
            let sent = match sending {
                Sending::Whole => self.send_whole(&parts),
                Sending::Statements => self.send_statements(&parts),
            };
            let Err((work, failure)) = sent else {
                return Ok(Outcome::Done);
            };
            if self.is_lost(&failure.cause) {
                return Err(work.outcome_unknown(failure.cause));
            }
            self.lock.rollback()?;
            if self.history.is_claim_conflict(&failure.cause) {
                return Ok(Outcome::ClaimedElsewhere);
            }
            if failure.is_transient() {
                failed += 1;
                self.retry(work, failure, Kept::Nothing, began, failed, &mut backoff)?;
            } else if !matches!(failure.stage, Stage::Unknown) {
                return Err(work.error(failure, Kept::Nothing));
            }
            sending = Sending::Statements;
        }
    }

    fn send_whole<'w>(&mut self, parts: &[Part<'w>]) -> Result<(), (&'w Work<'w>, Failure)> {
        let message: String = parts.iter().map(Part::text).collect();
        self.lock.client.batch_execute(&message).map_err(|cause| {
            let (work, stage) = locate(parts, position(&cause));
            (work, Failure { stage, cause })
        })
    }

    fn send_statements<'w>(&mut self, parts: &[Part<'w>]) -> Result<(), (&'w Work<'w>, Failure)> {
        for part in parts {
            let Part { work, stage, piece } = part;
            let script = match piece {
                Piece::Runner(text) => {
                    let sent = self.lock.client.batch_execute(text);
                    sent.map_err(|cause| (*work, Failure { stage: *stage, cause }))?;
                    continue;
                }
                Piece::Script(script) => script,
            };
            for (index, statement) in script.statements.iter().enumerate() {
                let began = Instant::now();
                self.send_statement(script, statement).map_err(|mut failure| {
                    failure.stage = stage.at(failure.stage);
                    (*work, failure)
                })?;
                if self.sending == Sending::Statements && matches!(stage, Stage::Unknown) {
                    self.statement_finished(work, index, began);
                }
            }
        }
        Ok(())
    }

    /// All that is sent for a transaction, in order.
    fn parts<'w>(&self, works: &'w [Work<'w>]) -> Vec<Part<'w>> {
        let mut parts = Vec::new();
        for (index, work) in works.iter().enumerate() {
            let begin = match index {
                0 => self.begin(work.script),
                _ => self.settings("SET LOCAL", work.script, false),
            };
            let commit = if index + 1 == works.len() { "COMMIT" } else { "" };
            let claim = format!("{begin}\n{}", work.claim);
            parts.push(Part { work, stage: Stage::Claim, piece: Piece::Runner(claim) });
            parts.push(Part { work, stage: Stage::Unknown, piece: Piece::Script(work.script) });
            let restore = self.lock.restore_names();
            let mut record = format!("{restore}\n{}{commit}", work.record);
            if let Some(verify) = work.verify {
                let savepoint = Piece::Runner("SAVEPOINT pgstrata_verify;\n".to_owned());
                parts.push(Part { work, stage: Stage::Record, piece: savepoint });
                parts.push(Part { work, stage: Stage::Verify(None), piece: Piece::Script(verify) });
                record.insert_str(0, "ROLLBACK TO SAVEPOINT pgstrata_verify;\n");
            }
            parts.push(Part { work, stage: Stage::Record, piece: Piece::Runner(record) });
        }
        parts
    }

    pub(crate) fn send_statement(
        &mut self,
        script: &Script<'_>,
        statement: &Statement,
    ) -> Result<(), Failure> {
        self.lock.client.batch_execute(script.text(statement)).map_err(|cause| {
            let place = match position(&cause) {
                Some(behind) => Place::behind(script, statement.start as usize, behind),
                None => Place::start_of(script, statement),
            };
            Failure { stage: Stage::Statement(place), cause }
        })
    }

    /// Sleeps before the next try, or gives up where the deadline has passed.
    pub(crate) fn retry(
        &mut self,
        work: &Work<'_>,
        failure: Failure,
        kept: Kept,
        began: Instant,
        failed: u32,
        backoff: &mut Backoff,
    ) -> Result<(), Error> {
        let blockers = if failure.cause.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) {
            let patience = work.script.lock_timeout.unwrap_or(self.limits.lock_timeout);
            lock::blockers(self.lock.client, patience.min(began.elapsed()))
        } else {
            Vec::new()
        };
        let cause = work.blocked(failure, kept, blockers);
        let Some(pause) = backoff.pause() else {
            return Err(cause);
        };
        let step = work.step;
        self.listener.tell(&Event::Retried { step, failed, pause, cause: &cause });
        sleep(pause);
        Ok(())
    }

    pub(crate) fn statement_finished(&mut self, work: &Work<'_>, index: usize, began: Instant) {
        let (step, duration) = (work.step, began.elapsed());
        self.listener.tell(&Event::StatementFinished { step, statement: index + 1, duration });
    }

    /// What comes before a script: the claim is first, so that it fences all the rest.
    pub(crate) fn head(&self, work: &Work<'_>) -> String {
        format!("{}{}", self.begin(work.script), work.claim)
    }

    /// What comes behind a script; nothing that it moved is in force any more when the
    /// record is written.
    pub(crate) fn tail(&self, work: &Work<'_>) -> String {
        format!("{}\n{}COMMIT", self.lock.restore_names(), work.record)
    }

    /// The isolation level is said, so that the role's own default does not leak in.
    pub(crate) fn begin(&self, script: &Script<'_>) -> String {
        let settings = self.settings("SET LOCAL", script, false);
        format!("BEGIN ISOLATION LEVEL READ COMMITTED;{settings}\n")
    }

    /// For a statement outside a transaction.
    pub(crate) fn session_settings(&self, script: &Script<'_>, statement: &Statement) -> String {
        self.settings("SET SESSION", script, statement.concurrent)
    }

    fn settings(&self, set: &str, script: &Script<'_>, waits_for_others: bool) -> String {
        let lock_timeout = if waits_for_others {
            // `lock_timeout` kills CREATE INDEX CONCURRENTLY when it merely waits for an
            // old snapshot elsewhere, and leaves an invalid index.
            Duration::ZERO
        } else {
            script.lock_timeout.unwrap_or(self.limits.lock_timeout)
        };
        let statement_timeout = script.statement_timeout.unwrap_or(self.limits.statement_timeout);
        let mut settings = vec![
            ("lock_timeout", sql::milliseconds(lock_timeout)),
            ("statement_timeout", sql::milliseconds(statement_timeout)),
        ];
        if self.lock.can_notice_lost_client() {
            // Without it the server finishes and commits what a dead client has sent.
            settings.push(("client_connection_check_interval", 1000));
        }
        let settings = settings.iter().map(|(name, value)| format!("{set} {name} = {value};"));
        settings.collect::<Vec<_>>().concat()
    }

    /// Whether the connection is gone; a server that ends it says so with FATAL.
    pub(crate) fn is_lost(&self, cause: &postgres::Error) -> bool {
        let fatal = cause.as_db_error().and_then(DbError::parsed_severity);
        matches!(fatal, Some(Severity::Fatal | Severity::Panic))
            || cause.is_closed()
            || self.lock.client.is_closed()
            || cause.as_db_error().is_none()
    }
}
