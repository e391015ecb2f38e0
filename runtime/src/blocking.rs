//! The synchronous front: the `postgres` crate under the core.

mod convert;
mod code;
mod stand_in;
mod session;
mod address;
mod connect;

pub(crate) use address::{Tls, config};
pub(crate) use code::Code;
pub use code::Hook;
pub use connect::connect;
pub(crate) use connect::{refuse_async, watched};
pub(crate) use session::{Beside, Session};

use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// The result of a future that is never pending, since all it waits for blocks.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(result) => result,
        Poll::Pending => unreachable!("a client that blocks is never waited for"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Context;
    use crate::step::Goal;

    fn is_send(_: &(impl Future + Send)) {}

    /// An asynchronous client's runtime may move a run from one thread to another.
    #[test]
    fn a_run_may_be_moved_between_threads() {
        async fn all(context: &mut Context<'_>, session: &mut Session<'_, '_>) {
            drop(context.plan(session, Goal::All).await);
            drop(context.status(session).await);
            drop(context.verify(session).await);
            drop(context.run(session, Goal::All, None).await);
        }
        let _ = |context: &mut Context<'_>, session: &mut Session<'_, '_>| {
            is_send(&all(context, session));
        };
    }
}
