//! What a run needs of a client.
//!
//! The course of a run is written once, as asynchronous functions over these traits, and names no
//! client. A client that blocks answers within each call: its futures are never pending.

use std::future::Future;
use std::time::Duration;

use crate::backend::Backend;
use crate::cause::Cause;
use crate::database_error::DatabaseError;
use crate::embedded::Function;
use crate::place::Stage;
use crate::row::Row;
use crate::step::Step;

/// How often what gives something back is sent again when the server cancels it.
pub(crate) const TRIES_TO_GIVE_BACK: usize = 50;

/// The rows of each statement of a message.
pub(crate) type Sets<R> = Vec<Vec<R>>;

/// Whether anybody needs the rows of a message.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Wanted {
    Rows,
    Nothing,
}

/// A connection to a server, and what its client can do beside it.
pub(crate) trait Server: Send {
    type Row: Row;
    type Watching: Watching<Row = Self::Row>;

    /// Sends a message of any number of statements, and waits for its answer.
    fn send(
        &mut self,
        message: &str,
        wanted: Wanted,
    ) -> impl Future<Output = Result<Sets<Self::Row>, Cause>> + Send;

    /// The same while somebody looks on; `None` where the answer was given up. Whatever is sent on this
    /// connection after that fails, as on one that was lost.
    fn beside(
        &mut self,
        message: &str,
        wanted: Wanted,
        look: &mut impl Look<Self::Watching>,
    ) -> impl Future<Output = Option<Result<Sets<Self::Row>, Cause>>> + Send;

    /// Goes through a course in a transaction of the client's, which commits it, or rolls it back where
    /// it fails.
    fn within<C: Course>(
        &mut self,
        course: &mut C,
    ) -> impl Future<Output = Result<(), Broken<C::Failure>>> + Send;

    /// Makes the connection again, if the server that answers is wanted: which one that is, or `None`
    /// where none does. Nothing is owed on the new connection.
    fn reconnect(
        &mut self,
        is_wanted: impl Fn(&Backend) -> bool + Send,
    ) -> impl Future<Output = Option<Result<Backend, Cause>>> + Send;

    /// Makes the connection that watches this one again, if that is lost.
    fn watch_again(&mut self) -> impl Future<Output = ()> + Send;

    /// The connection that watches this one, if there is one.
    fn watching(&mut self) -> Option<&mut Self::Watching>;

    /// What the front sends if the run is dropped or panics; each call replaces what was said before.
    fn owe(&mut self, messages: Vec<String>);

    /// Whether the client knows that the connection is closed.
    fn is_closed(&self) -> bool;

    /// Sleeps.
    fn pause(&mut self, pause: Duration) -> impl Future<Output = ()> + Send;
}

/// The connection that watches another one.
pub(crate) trait Watching: Send {
    type Row: Row;

    /// The answer; `None` on an error, or after `limit`.
    fn ask(
        &mut self,
        message: &str,
        limit: Duration,
    ) -> impl Future<Output = Option<Sets<Self::Row>>> + Send;

    /// Cancels what the watched connection waits for, without this connection.
    fn cancel(&mut self, limit: Duration) -> impl Future<Output = ()> + Send;

    /// The notices of the watched connection since the last call.
    fn notices(&mut self) -> Vec<DatabaseError>;
}

/// Somebody who looks on while an answer is waited for.
pub(crate) trait Look<W>: Send {
    /// The time between two looks.
    const EVERY: Duration;

    /// Whether the answer is given up.
    fn look(&mut self, watching: &mut W) -> impl Future<Output = bool> + Send;

    /// There is an answer.
    fn answered(&mut self, watching: &mut W);
}

/// What happens within a transaction of the client's.
pub(crate) trait Course: Send {
    type Failure: Send;

    fn run<I: Inside>(
        &mut self,
        inside: &mut I,
    ) -> impl Future<Output = Result<(), Self::Failure>> + Send;

    /// Looks on while all of it is committed.
    fn look<W: Watching>(&mut self) -> Option<impl Look<W>>;
}

/// A transaction of the client's. Nothing in it can be given up.
pub(crate) trait Inside: Send {
    type Row: Row;
    type Watching: Watching<Row = Self::Row>;

    /// Sends a message.
    fn send(
        &mut self,
        message: &str,
        wanted: Wanted,
        look: Option<&mut impl Look<Self::Watching>>,
    ) -> impl Future<Output = Result<Sets<Self::Row>, Cause>> + Send;

    /// Calls Rust code with the transaction.
    fn call(
        &mut self,
        call: Call<'_>,
        look: Option<&mut impl Look<Self::Watching>>,
    ) -> impl Future<Output = Result<(), Cause>> + Send;
}

/// A call of Rust code: of the hook at this stage, or else of a migration's own function.
#[derive(Clone, Copy)]
pub(crate) struct Call<'c> {
    pub(crate) stage: Stage,
    pub(crate) step: &'c Step,
    pub(crate) function: Option<Function>,
}

/// Where a transaction of the client's failed.
pub(crate) enum Broken<F> {
    AtStart(Cause),
    Within(F),
    AtCommit(Cause),
}
