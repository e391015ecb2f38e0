//! What is written down where a step fails: never the server's message, which may hold data.
//!
//! It is written after the rollback, in one message that never waits for long, and its own failure
//! is not told: the first error is the one to report.

use std::time::Duration;

use crate::error::Error;
use crate::executor::Executor;
use crate::own::{self, Limits};
use crate::sql;
use crate::step::{Action, Step};

/// The first error waits no longer for it.
const LIMITS: Limits = Limits {
    lock: Duration::from_millis(200),
    statement: Duration::from_millis(500),
};

impl Executor<'_, '_> {
    /// On the working connection, or on the watching one where that is lost.
    pub(crate) async fn write_failure(&mut self, step: &Step, error: &Error) {
        // It only reads.
        if step.action == Action::Verify {
            return;
        }
        let write = own::framed(&self.failure(step, error), LIMITS);
        let Self {
            server,
            lock,
            context,
            ..
        } = self;
        // A script may have left another role and no time.
        let give_back = if context.wire.can.keeps_session {
            lock.session.give_back.all()
        } else {
            String::new()
        };
        let write = own::READ_COMMITTED.to_owned() + &write;
        let message = [own::READ_COMMITTED, &give_back, &write].concat();
        context.wire.write_down(*server, &message, &write).await;
    }

    fn failure(&self, step: &Step, error: &Error) -> String {
        let history = &self.lock.history;
        let [history_owner, _] = history.owners();
        let statement = error
            .statement()
            .map_or("NULL".to_owned(), |number| number.to_string());
        let values = [
            ("action", &*sql::literal(step.action.words()[0])),
            ("statement", &statement),
            ("sqlstate", &sql::nullable(error.code())),
            ("reason", &sql::nullable(self.reason)),
            ("history_owner", &history_owner),
        ];
        let template = include_str!("sql/history/write_failure.sql").trim_end();
        history.fill_step(template, step, &values)
    }
}
