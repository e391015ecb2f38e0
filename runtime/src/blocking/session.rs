//! A client of the `postgres` crate as the core's server.

use std::mem::{replace, take};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{scope, sleep, spawn};
use std::time::Duration;

use postgres::{
    CancelToken, Client, IsolationLevel, SimpleQueryMessage, SimpleQueryRow, Transaction,
};

use super::code::Code;
use super::run;
use super::stand_in::{apart, stand_in};
use crate::backend::Backend;
use crate::cause::Cause;
use crate::database_error::DatabaseError;
use crate::row::{Row, Unreadable};
use crate::server::{
    Broken, Call, Course, Inside, Look, Server, Sets, TRIES_TO_GIVE_BACK, Wanted, Watching,
};

/// For making a connection, handshakes included.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// For asking the watching connection whether it is still there.
const ALIVE_LIMIT: Duration = Duration::from_secs(3);

pub(super) type Connect = Arc<dyn Fn() -> Result<(Client, Backend), Cause> + Send + Sync>;
pub(super) type Cancel = Arc<dyn Fn(&CancelToken) -> Result<(), Cause> + Send + Sync>;

/// What [`Migrator::connect`](crate::Migrator::connect) makes beside the working connection.
pub(crate) struct Beside {
    connect: Connect,
    watching: WatchingClient,
    /// Stands in the caller's place while a thread has the working connection.
    stand_in: Option<Client>,
}

pub(crate) struct WatchingClient {
    /// `None` once it was lost.
    client: Option<Client>,
    notices: Receiver<DatabaseError>,
    /// Of the working connection.
    token: CancelToken,
    cancel: Cancel,
}

/// The caller's client for one call of a [`Migrator`](crate::Migrator).
pub(crate) struct Session<'c, 'h> {
    client: &'c mut Client,
    beside: Option<&'c mut Beside>,
    code: &'c mut Code<'h>,
    owed: Vec<String>,
}

/// A transaction of the client's.
struct Within<'t, 'c, 'h> {
    transaction: &'t mut Transaction<'c>,
    watching: Option<&'t mut WatchingClient>,
    code: &'t mut Code<'h>,
}

impl Row for SimpleQueryRow {
    fn text(&self, index: usize) -> Option<&str> {
        self.try_get(index).ok().flatten()
    }

    fn named(&self, column: &str) -> Result<Option<&str>, Unreadable> {
        self.try_get(column).map_err(|_| Unreadable::column(column))
    }
}

fn sets(messages: Vec<SimpleQueryMessage>) -> Sets<SimpleQueryRow> {
    let (mut sets, mut set) = (Vec::new(), Vec::new());
    for message in messages {
        match message {
            SimpleQueryMessage::Row(row) => set.push(row),
            SimpleQueryMessage::CommandComplete(_) => sets.push(take(&mut set)),
            _ => {}
        }
    }
    sets
}

fn send(client: &mut Client, message: &str, wanted: Wanted) -> Result<Sets<SimpleQueryRow>, Cause> {
    Ok(match wanted {
        Wanted::Rows => sets(client.simple_query(message)?),
        Wanted::Nothing => {
            client.batch_execute(message)?;
            Vec::new()
        }
    })
}

impl Beside {
    pub(super) fn new(
        working: &Client,
        watching: Client,
        connect: Connect,
        cancel: Cancel,
        notices: Receiver<DatabaseError>,
    ) -> Self {
        Self {
            connect,
            watching: WatchingClient {
                client: Some(watching),
                notices,
                token: working.cancel_token(),
                cancel,
            },
            stand_in: stand_in(),
        }
    }

    /// `None` where no server answers in time.
    fn connect(&self) -> Option<Result<(Client, Backend), Cause>> {
        let connect = Arc::clone(&self.connect);
        apart(CONNECT_LIMIT, move || connect())
    }

    /// Makes the watching connection again, if it is lost.
    fn watch_again(&mut self) {
        if run(self.watching.ask("", ALIVE_LIMIT)).is_none() {
            let made = self.connect().and_then(Result::ok);
            self.watching.client = made.map(|(client, _)| client);
        }
        self.stand_in = self.stand_in.take().or_else(stand_in);
    }
}

impl<'c, 'h> Session<'c, 'h> {
    pub(crate) fn new(
        client: &'c mut Client,
        beside: Option<&'c mut Beside>,
        code: &'c mut Code<'h>,
    ) -> Self {
        Self {
            client,
            beside,
            code,
            owed: Vec::new(),
        }
    }
}

impl Server for Session<'_, '_> {
    type Row = SimpleQueryRow;
    type Watching = WatchingClient;

    async fn send(&mut self, message: &str, wanted: Wanted) -> Result<Sets<SimpleQueryRow>, Cause> {
        send(self.client, message, wanted)
    }

    /// On a thread that has the connection until there is an answer.
    async fn beside(
        &mut self,
        message: &str,
        wanted: Wanted,
        look: &mut impl Look<WatchingClient>,
    ) -> Option<Result<Sets<SimpleQueryRow>, Cause>> {
        let beside = self.beside.as_deref_mut();
        let Some((beside, stand_in)) = beside.and_then(|beside| {
            let stand_in = beside.stand_in.take()?;
            Some((beside, stand_in))
        }) else {
            return Some(send(self.client, message, wanted));
        };
        let mut working = replace(self.client, stand_in);
        let (sender, answered) = channel();
        let message = message.to_owned();
        let sending = spawn(move || {
            let result = send(&mut working, &message, wanted);
            // Nobody waits for a connection that was given up.
            let _ = sender.send(());
            (working, result)
        });
        look_on(look, &mut beside.watching, answered)
            .await
            .then_some(())?;
        let (working, result) = sending.join().ok()?;
        beside.stand_in = Some(replace(self.client, working));
        Some(result)
    }

    async fn within<C: Course>(&mut self, course: &mut C) -> Result<(), Broken<C::Failure>> {
        let start = self.client.build_transaction();
        let start = start.isolation_level(IsolationLevel::ReadCommitted).start();
        let mut transaction = start.map_err(|cause| Broken::AtStart(cause.into()))?;
        let mut within = Within {
            transaction: &mut transaction,
            watching: self.beside.as_mut().map(|it| &mut it.watching),
            code: self.code,
        };
        course.run(&mut within).await.map_err(Broken::Within)?;
        let watching = self.beside.as_mut().map(|it| &mut it.watching);
        let mut look = course.look();
        let committed = looked_on(watching, look.as_mut(), || transaction.commit());
        committed.map_err(|cause| Broken::AtCommit(cause.into()))
    }

    async fn reconnect(
        &mut self,
        is_wanted: impl Fn(&Backend) -> bool + Send,
    ) -> Option<Result<Backend, Cause>> {
        let beside = self.beside.as_deref_mut()?;
        let made = beside.connect()?;
        Some(made.map(|(client, backend)| {
            if is_wanted(&backend) {
                beside.watching.token = client.cancel_token();
                *self.client = client;
                self.owed.clear();
            }
            backend
        }))
    }

    async fn watch_again(&mut self) {
        if let Some(beside) = &mut self.beside {
            beside.watch_again();
        }
    }

    fn watching(&mut self) -> Option<&mut WatchingClient> {
        self.beside.as_mut().map(|beside| &mut beside.watching)
    }

    fn owe(&mut self, messages: Vec<String>) {
        self.owed = messages;
    }

    fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    async fn pause(&mut self, pause: Duration) {
        sleep(pause);
    }
}

impl Drop for Session<'_, '_> {
    fn drop(&mut self) {
        for message in &self.owed {
            let mut tries =
                (0..TRIES_TO_GIVE_BACK).map(|_| send(self.client, message, Wanted::Nothing));
            let is_over = |sent: &Result<_, Cause>| !sent.as_ref().is_err_and(Cause::is_canceled);
            let _ = tries.find(is_over);
        }
    }
}

impl Watching for WatchingClient {
    type Row = SimpleQueryRow;

    async fn ask(&mut self, message: &str, limit: Duration) -> Option<Sets<SimpleQueryRow>> {
        let (mut client, message) = (self.client.take()?, message.to_owned());
        let (client, asked) = apart(limit, move || {
            let asked = send(&mut client, &message, Wanted::Rows);
            let is_lost = asked.as_ref().is_err_and(|cause| !cause.is_answer());
            ((!is_lost).then_some(client), asked)
        })?;
        self.client = client;
        asked.ok()
    }

    async fn cancel(&mut self, limit: Duration) {
        let (cancel, token) = (Arc::clone(&self.cancel), self.token.clone());
        let _ = apart(limit, move || cancel(&token));
    }

    fn notices(&mut self) -> Vec<DatabaseError> {
        self.notices.try_iter().collect()
    }
}

/// Runs the task; with a look, on a thread of its own.
fn looked_on<T: Send, L: Look<WatchingClient>>(
    watching: Option<&mut WatchingClient>,
    look: Option<&mut L>,
    task: impl FnOnce() -> T + Send,
) -> T {
    let (Some(look), Some(watching)) = (look, watching) else {
        return task();
    };
    scope(|scope| {
        let (sender, answered) = channel();
        let working = scope.spawn(move || {
            let result = task();
            let _ = sender.send(());
            result
        });
        let _ = run(look_on(look, watching, answered));
        working.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

impl Inside for Within<'_, '_, '_> {
    type Row = SimpleQueryRow;
    type Watching = WatchingClient;

    async fn send(
        &mut self,
        message: &str,
        wanted: Wanted,
        look: Option<&mut impl Look<WatchingClient>>,
    ) -> Result<Sets<SimpleQueryRow>, Cause> {
        let transaction = &mut *self.transaction;
        looked_on(self.watching.as_deref_mut(), look, || {
            Ok(match wanted {
                Wanted::Rows => sets(transaction.simple_query(message)?),
                Wanted::Nothing => {
                    transaction.batch_execute(message)?;
                    Vec::new()
                }
            })
        })
    }

    async fn call(
        &mut self,
        call: Call<'_>,
        look: Option<&mut impl Look<WatchingClient>>,
    ) -> Result<(), Cause> {
        let (transaction, code) = (&mut *self.transaction, &mut *self.code);
        looked_on(self.watching.as_deref_mut(), look, || {
            code.call(call, transaction)
        })
    }
}

/// Waits for the answer; false if it was given up.
async fn look_on<L: Look<WatchingClient>>(
    look: &mut L,
    watching: &mut WatchingClient,
    answered: Receiver<()>,
) -> bool {
    loop {
        match answered.recv_timeout(L::EVERY) {
            Ok(()) => {
                look.answered(watching);
                return true;
            }
            // The thread has panicked, and its connection is gone with it.
            Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if look.look(watching).await {
            return false;
        }
    }
}
