//! What a run needs of a client.
//!
//! The course of a run is written once, as asynchronous functions over these traits, and names no
//! client. It is compiled once, too: the traits are objects, and each answer is a future in a box, which
//! beside a round trip costs nothing. A client that blocks answers within each call: its futures are never
//! pending.

use std::future::{Future, ready};
use std::pin::Pin;
use std::time::Duration;

use crate::backend::Backend;
use crate::cause::Cause;
use crate::database_error::DatabaseError;
use crate::embedded::Function;
use crate::place::Stage;
use crate::row::Rows;
use crate::step::Step;

/// How often what gives something back is sent again when the server cancels it.
pub(crate) const TRIES_TO_GIVE_BACK: usize = 50;

/// The time between two looks of who looks on.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What a client answers.
pub(crate) type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The answer of a client that blocks.
pub(crate) fn answer<'a, T: Send + 'a>(answer: T) -> Answer<'a, T> {
    Box::pin(ready(answer))
}

/// The rows of each statement of a message.
pub(crate) type Sets = Vec<Rows>;

/// Whether anybody needs the rows of a message.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Wanted {
    Rows,
    Nothing,
}

/// A connection to a server, and what its client can do beside it.
pub(crate) trait Server: Send {
    /// Sends a message of any number of statements, and waits for its answer.
    fn send<'a>(&'a mut self, message: &'a str, wanted: Wanted) -> Answer<'a, Result<Sets, Cause>>;

    /// The same while somebody looks on; `None` where the answer was given up. Whatever is sent on this
    /// connection after that fails, as on one that was lost.
    fn beside<'a>(
        &'a mut self,
        message: &'a str,
        wanted: Wanted,
        look: &'a mut dyn Look,
    ) -> Answer<'a, Option<Result<Sets, Cause>>>;

    /// Begins a transaction of the client's, which is rolled back if it is dropped.
    fn begin(&mut self) -> Answer<'_, Result<Box<dyn Transaction + '_>, Cause>>;

    /// Makes the connection again, if the server that answers is wanted: which one that is, or `None`
    /// where none does. Nothing is owed on the new connection.
    fn reconnect<'a>(
        &'a mut self,
        is_wanted: &'a (dyn Fn(&Backend) -> bool + Sync),
    ) -> Answer<'a, Option<Result<Backend, Cause>>>;

    /// Makes the connection that watches this one again, if that is lost.
    fn watch_again(&mut self) -> Answer<'_, ()>;

    /// The connection that watches this one, if there is one.
    fn watching(&mut self) -> Option<&mut dyn Watching>;

    /// What the front sends if the run is dropped or panics; each call replaces what was said before.
    fn owe(&mut self, messages: Vec<String>);

    /// Whether the client knows that the connection is closed.
    fn is_closed(&self) -> bool;

    /// Sleeps.
    fn pause(&mut self, pause: Duration) -> Answer<'_, ()>;
}

/// A transaction of the client's, for what needs one. Nothing in it can be given up.
pub(crate) trait Transaction: Send {
    /// Sends a message, and waits for its answer while somebody looks on.
    fn send<'a>(
        &'a mut self,
        message: &'a str,
        wanted: Wanted,
        look: Option<&'a mut dyn Look>,
    ) -> Answer<'a, Result<Sets, Cause>>;

    /// Calls Rust code with the transaction.
    fn call<'a>(
        &'a mut self,
        call: Call<'a>,
        look: Option<&'a mut dyn Look>,
    ) -> Answer<'a, Result<(), Cause>>;

    fn commit<'a>(self: Box<Self>, look: Option<&'a mut dyn Look>) -> Answer<'a, Result<(), Cause>>
    where
        Self: 'a;
}

/// The connection that watches another one.
pub(crate) trait Watching: Send {
    /// The answer; `None` on an error, or after `limit`.
    fn ask<'a>(&'a mut self, message: &'a str, limit: Duration) -> Answer<'a, Option<Sets>>;

    /// Cancels what the watched connection waits for, without this connection.
    fn cancel(&mut self, limit: Duration) -> Answer<'_, ()>;

    /// The notices of the watched connection since the last call.
    fn notices(&mut self) -> Vec<DatabaseError>;
}

/// Somebody who looks on while an answer is waited for.
pub(crate) trait Look: Send {
    /// Whether the answer is given up.
    fn look<'a>(&'a mut self, watching: &'a mut dyn Watching) -> Answer<'a, bool>;

    /// There is an answer.
    fn answered(&mut self, watching: &mut dyn Watching);
}

/// A call of Rust code: of the hook at this stage, or else of a migration's own function.
#[derive(Clone, Copy)]
pub(crate) struct Call<'c> {
    pub(crate) stage: Stage,
    pub(crate) step: &'c Step,
    pub(crate) function: Option<Function>,
}
