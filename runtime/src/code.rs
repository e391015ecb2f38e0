//! Rust code inside a migration's transaction: what its file names, and the caller's hooks.

use postgres::{SimpleQueryMessage, Transaction};

use crate::cause::{BoxError, Cause};
use crate::convert::of_code;
use crate::messages;
use crate::own;
use crate::place::Stage;
use crate::sql;
use crate::sqlstate;
use crate::step::{Action, Step};
use crate::work::{Part, Work};

/// Code of the caller's, called before or after each step in its transaction.
pub type Hook<'a> = dyn FnMut(&Step, &mut Transaction<'_>) -> Result<(), BoxError> + Send + 'a;

#[derive(Default)]
pub(crate) struct Hooks<'a> {
    pub(crate) before: Option<&'a mut Hook<'a>>,
    pub(crate) after: Option<&'a mut Hook<'a>>,
}

impl Hooks<'_> {
    /// The call of a hook, where there is one.
    pub(crate) fn part<'w>(&self, work: &'w Work<'w>, stage: Stage) -> Option<Part<'w>> {
        let hook = if matches!(stage, Stage::Before) {
            &self.before
        } else {
            &self.after
        };
        // For the others nothing runs but their record.
        let executed = [Action::Apply, Action::RollBack, Action::Repeat];
        let is_called = hook.is_some() && executed.contains(&work.step.action);
        is_called.then(|| Part::new(work, stage, None))
    }

    /// Calls what a part stands for, and sees that the transaction is still the same.
    pub(crate) fn call(
        &mut self,
        part: &Part<'_>,
        transaction: &mut Transaction<'_>,
    ) -> Result<(), Cause> {
        let Part { work, stage, .. } = part;
        // A setting would be gone after RESET ALL, too.
        let mark = transaction.simple_query(include_str!("sql/mark_transaction.sql"))?;
        let number = mark.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        let number = [("transaction", &*sql::literal(number.unwrap_or_default()))];
        let hook = match stage {
            Stage::Before => self.before.as_deref_mut(),
            Stage::After => self.after.as_deref_mut(),
            _ => None,
        };
        match (hook, work.script.code.and_then(|code| code.function)) {
            (Some(hook), _) => hook(work.step, transaction).map_err(of_code)?,
            (None, Some(function)) => function(transaction).map_err(of_code)?,
            // Such a step was refused.
            (None, None) => return Err(Cause::new("this program does not have the function")),
        }
        let check = sql::fill(include_str!("sql/same_transaction.sql").trim_end(), &number);
        let checked = transaction.batch_execute(&own::framed(&check, own::BRIEF));
        checked
            .map_err(Cause::from)
            .map_err(|cause| match cause.code() {
                Some(sqlstate::IN_FAILED_SQL_TRANSACTION) => Cause::new(messages::ignored()),
                _ => cause,
            })
    }
}
