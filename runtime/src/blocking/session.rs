//! A client of the `postgres` crate as the core's server.

use std::mem::{replace, take};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{scope, sleep};
use std::time::Duration;

use postgres::{
    CancelToken, Client, IsolationLevel, SimpleQueryMessage, SimpleQueryRow, Transaction,
};

use super::code::Code;
use super::run;
use super::stand_in::{Apart, apart, stand_in};
use crate::backend::Backend;
use crate::cause::Cause;
use crate::database_error::DatabaseError;
use crate::row::{Rows, Table, Unreadable};
use crate::server::{
    self, Answer, Call, LOOK_EVERY, Look, Server, Sets, TRIES_TO_GIVE_BACK, Wanted, Watching,
    answer,
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
struct Within<'t, 'h> {
    transaction: Transaction<'t>,
    watching: Option<&'t mut WatchingClient>,
    code: &'t mut Code<'h>,
}

impl Table for Vec<SimpleQueryRow> {
    fn len(&self) -> usize {
        self.len()
    }

    fn text(&self, row: usize, index: usize) -> Option<&str> {
        self[row].try_get(index).ok().flatten()
    }

    fn named(&self, row: usize, column: &str) -> Result<Option<&str>, Unreadable> {
        let named = self[row].try_get(column);
        named.map_err(|_| Unreadable::column(column))
    }
}

fn sets(messages: Vec<SimpleQueryMessage>) -> Sets {
    let (mut sets, mut set) = (Vec::new(), Vec::new());
    for message in messages {
        match message {
            SimpleQueryMessage::Row(row) => set.push(row),
            SimpleQueryMessage::CommandComplete(_) => sets.push(Rows::new(take(&mut set))),
            _ => {}
        }
    }
    sets
}

fn send(client: &mut Client, message: &str, wanted: Wanted) -> Result<Sets, Cause> {
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
        if self.watching.asked("", ALIVE_LIMIT).is_none() {
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

    /// Sends on a thread that has the connection until there is an answer.
    fn send_apart(
        &mut self,
        message: &str,
        wanted: Wanted,
        look: &mut dyn Look,
    ) -> Option<Result<Sets, Cause>> {
        let beside = self.beside.as_deref_mut();
        let Some((beside, stand_in)) = beside.and_then(|beside| {
            let stand_in = beside.stand_in.take()?;
            Some((beside, stand_in))
        }) else {
            return Some(send(self.client, message, wanted));
        };
        let mut working = replace(self.client, stand_in);
        let message = message.to_owned();
        let sending = Apart::start(move || {
            let result = send(&mut working, &message, wanted);
            (working, result)
        });
        let sending = sending.ok()?;
        if !look_on(look, &mut beside.watching, &sending.done) {
            return None;
        }
        let (working, result) = sending.result()?;
        beside.stand_in = Some(replace(self.client, working));
        Some(result)
    }

    fn connect_again(
        &mut self,
        is_wanted: &dyn Fn(&Backend) -> bool,
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
}

impl Server for Session<'_, '_> {
    fn send<'a>(&'a mut self, message: &'a str, wanted: Wanted) -> Answer<'a, Result<Sets, Cause>> {
        answer(send(self.client, message, wanted))
    }

    fn beside<'a>(
        &'a mut self,
        message: &'a str,
        wanted: Wanted,
        look: &'a mut dyn Look,
    ) -> Answer<'a, Option<Result<Sets, Cause>>> {
        answer(self.send_apart(message, wanted, look))
    }

    fn begin(&mut self) -> Answer<'_, Result<Box<dyn server::Transaction + '_>, Cause>> {
        let start = self.client.build_transaction();
        let start = start.isolation_level(IsolationLevel::ReadCommitted).start();
        answer(match start {
            Ok(transaction) => Ok(Box::new(Within {
                transaction,
                watching: self.beside.as_mut().map(|it| &mut it.watching),
                code: self.code,
            })),
            Err(cause) => Err(cause.into()),
        })
    }

    fn reconnect<'a>(
        &'a mut self,
        is_wanted: &'a (dyn Fn(&Backend) -> bool + Sync),
    ) -> Answer<'a, Option<Result<Backend, Cause>>> {
        answer(self.connect_again(is_wanted))
    }

    fn watch_again(&mut self) -> Answer<'_, ()> {
        if let Some(beside) = &mut self.beside {
            beside.watch_again();
        }
        answer(())
    }

    fn watching(&mut self) -> Option<&mut dyn Watching> {
        let beside = self.beside.as_mut()?;
        Some(&mut beside.watching)
    }

    fn owe(&mut self, messages: Vec<String>) {
        self.owed = messages;
    }

    fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    fn pause(&mut self, pause: Duration) -> Answer<'_, ()> {
        sleep(pause);
        answer(())
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
    fn ask<'a>(&'a mut self, message: &'a str, limit: Duration) -> Answer<'a, Option<Sets>> {
        answer(self.asked(message, limit))
    }

    fn cancel(&mut self, limit: Duration) -> Answer<'_, ()> {
        let (cancel, token) = (Arc::clone(&self.cancel), self.token.clone());
        let _ = apart(limit, move || cancel(&token));
        answer(())
    }

    fn notices(&mut self) -> Vec<DatabaseError> {
        self.notices.try_iter().collect()
    }
}

impl WatchingClient {
    fn asked(&mut self, message: &str, limit: Duration) -> Option<Sets> {
        let (mut client, message) = (self.client.take()?, message.to_owned());
        let (client, asked) = apart(limit, move || {
            let asked = send(&mut client, &message, Wanted::Rows);
            let is_lost = asked.as_ref().is_err_and(|cause| !cause.is_answer());
            ((!is_lost).then_some(client), asked)
        })?;
        self.client = client;
        asked.ok()
    }
}

impl server::Transaction for Within<'_, '_> {
    fn send<'a>(
        &'a mut self,
        message: &'a str,
        wanted: Wanted,
        look: Option<&'a mut dyn Look>,
    ) -> Answer<'a, Result<Sets, Cause>> {
        let transaction = &mut self.transaction;
        answer(looked_on(self.watching.as_deref_mut(), look, || {
            Ok(match wanted {
                Wanted::Rows => sets(transaction.simple_query(message)?),
                Wanted::Nothing => {
                    transaction.batch_execute(message)?;
                    Vec::new()
                }
            })
        }))
    }

    fn call<'a>(
        &'a mut self,
        call: Call<'a>,
        look: Option<&'a mut dyn Look>,
    ) -> Answer<'a, Result<(), Cause>> {
        let (transaction, code) = (&mut self.transaction, &mut *self.code);
        answer(looked_on(self.watching.as_deref_mut(), look, || {
            code.call(call, transaction)
        }))
    }

    fn commit<'a>(self: Box<Self>, look: Option<&'a mut dyn Look>) -> Answer<'a, Result<(), Cause>>
    where
        Self: 'a,
    {
        let Self {
            transaction,
            watching,
            ..
        } = *self;
        let committed = looked_on(watching, look, || transaction.commit());
        answer(committed.map_err(Cause::from))
    }
}

/// Runs the task; with a look, on a thread of its own.
fn looked_on<T: Send>(
    watching: Option<&mut WatchingClient>,
    look: Option<&mut dyn Look>,
    task: impl FnOnce() -> T + Send,
) -> T {
    let (Some(look), Some(watching)) = (look, watching) else {
        return task();
    };
    let mut result = None;
    while_looking(watching, look, Box::new(|| result = Some(task())));
    result.unwrap_or_else(|| unreachable!("the task has ended without a panic"))
}

/// Compiled once for all tasks.
fn while_looking(
    watching: &mut WatchingClient,
    look: &mut dyn Look,
    task: Box<dyn FnOnce() + Send + '_>,
) {
    scope(|scope| {
        let (sender, answered) = channel();
        let working = scope.spawn(move || {
            task();
            let _ = sender.send(());
        });
        look_on(look, watching, &answered);
        working.join().unwrap_or_else(|panic| resume_unwind(panic));
    });
}

/// Waits for the answer; false if it was given up.
fn look_on(look: &mut dyn Look, watching: &mut WatchingClient, answered: &Receiver<()>) -> bool {
    loop {
        match answered.recv_timeout(LOOK_EVERY) {
            Ok(()) => {
                look.answered(watching);
                return true;
            }
            // The thread has panicked, and its connection is gone with it.
            Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if run(look.look(watching)) {
            return false;
        }
    }
}
