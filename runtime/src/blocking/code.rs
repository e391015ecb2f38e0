//! Rust code inside a migration's transaction: what its file names, and the caller's hooks.

use postgres::Transaction;

use super::convert::of_code;
use crate::cause::{BoxError, Cause};
use crate::place::Stage;
use crate::server::Call;
use crate::step::Step;

/// Code of the caller's, called before or after each step in its transaction.
pub type Hook<'a> = dyn FnMut(&Step, &mut Transaction<'_>) -> Result<(), BoxError> + Send + 'a;

/// The caller's hooks.
#[derive(Default)]
pub(crate) struct Code<'a> {
    pub(crate) before: Option<&'a mut Hook<'a>>,
    pub(crate) after: Option<&'a mut Hook<'a>>,
}

impl Code<'_> {
    pub(super) fn call(
        &mut self,
        call: Call<'_>,
        transaction: &mut Transaction<'_>,
    ) -> Result<(), Cause> {
        let hook = match call.stage {
            Stage::Before => self.before.as_deref_mut(),
            Stage::After => self.after.as_deref_mut(),
            _ => None,
        };
        match (hook, call.function) {
            (Some(hook), _) => hook(call.step, transaction).map_err(of_code),
            (None, Some(function)) => function(transaction).map_err(of_code),
            // Such a step was refused.
            (None, None) => Err(Cause::new("this program does not have the function")),
        }
    }
}
