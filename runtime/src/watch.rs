//! The second connection, which watches the working one: it says who is in the way, cancels at the
//! deadline, gives up a connection that went silent, and makes another one.

use std::mem::take;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use postgres::{CancelToken, Client};

use crate::backend::Backend;
use crate::backoff::Backoff;
use crate::blocker;
use crate::blocker::Blocker;
use crate::cause::Cause;
use crate::database_error::DatabaseError;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::history::Past;
use crate::messages;
use crate::own;
use crate::seen::{Lacking, Seen};
use crate::sql;
use crate::stand_in::{apart, stand_in};
use crate::step::Step;

/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A look that takes longer has no answer: the server itself ends it after a second.
const LOOK_LIMIT: Duration = Duration::from_secs(3);

/// For a message that nobody needs.
const WRITE_LIMIT: Duration = Duration::from_secs(1);

/// A backend that is idle in so many looks, one after the other, has answered or was not asked: either
/// way the connection has lost something.
const IDLE_LOOKS: usize = 20;

/// So many bytes more of a message may take another look to arrive, before the backend begins.
const BYTES_A_LOOK: usize = 65_536;

/// A backend that is gone in so many looks does not answer any more.
const GONE_LOOKS: u32 = 3;

/// So long after the deadline a message that was cancelled is given up.
pub(crate) const GIVE_UP_AFTER: Duration = Duration::from_secs(5);

/// For making a connection, handshakes included.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// Raised by `batch.sql`, with numbers as its detail.
const BATCH: &str = "PGSBA";

/// The server's function that warns of a commit that no standby has confirmed. Its message may be in
/// any language, and its SQLSTATE is that of every warning.
const NOT_CONFIRMED: &str = "SyncRepWaitForLSN";

type Connect = Arc<dyn Fn() -> Result<(Client, Backend), Cause> + Send + Sync>;
type Cancel = Arc<dyn Fn(&CancelToken) -> Result<(), Cause> + Send + Sync>;

/// Watches the working connection that it made.
pub(crate) struct Watch {
    connect: Connect,
    cancel: Cancel,
    /// `None` once it was lost.
    eye: Option<Client>,
    notices: Receiver<DatabaseError>,
    /// The backend that is watched.
    pub(crate) backend: Backend,
    token: CancelToken,
    is_pooled: bool,
    /// Stands in the caller's place while a thread has the working connection.
    pub(crate) stand_in: Option<Client>,
    /// Whether the working connection was given up.
    is_given_up: bool,
    /// Who was in the way when it last looked.
    pub(crate) blockers: Vec<Blocker>,
    /// What the run has seen of the history.
    pub(crate) seen: Seen,
    /// The backend that was watched before the connection was made again, until the histories are compared.
    before: Option<Backend>,
    /// Whether something was committed that no standby has confirmed.
    pub(crate) is_unconfirmed: bool,
}

/// What is waited for, and until when.
pub(crate) struct Wait<'w> {
    pub(crate) step: Option<&'w Step>,
    /// When the run has to end.
    pub(crate) ends: Option<Instant>,
    /// When nobody waits for it any more.
    pub(crate) most: Option<Instant>,
    told: Backoff,
    /// Of what was sent, in bytes.
    pub(crate) size: usize,
    idle: usize,
    gone: u32,
}

impl<'w> Wait<'w> {
    pub(crate) fn new(
        step: Option<&'w Step>,
        ends: Option<Instant>,
        most: Option<Duration>,
    ) -> Self {
        let most = most.and_then(|most| Instant::now().checked_add(most));
        let given_up = ends.and_then(|ends| ends.checked_add(GIVE_UP_AFTER));
        Self {
            step,
            ends,
            most: most.into_iter().chain(given_up).min(),
            told: Backoff::until(Duration::MAX),
            size: 0,
            idle: 0,
            gone: 0,
        }
    }
}

impl Watch {
    /// A watch, and the working connection.
    pub(crate) fn new(
        connect: Connect,
        cancel: Cancel,
        notices: Receiver<DatabaseError>,
        is_pooled: bool,
    ) -> Result<(Self, Client)> {
        let failed = |cause| Error::database("connecting", cause);
        let (mut working, backend) = connect().map_err(failed)?;
        let (eye, watching) = connect().map_err(failed)?;
        // A pooler gives the second the backend that the first one had, or the first another.
        let seems_pooled = watching.pid == backend.pid
            || Backend::ask(&mut working).map_err(failed)?.pid != backend.pid;
        if seems_pooled && !is_pooled {
            return Err(Error::said(messages::pooled()));
        }
        let watch = Self {
            connect,
            cancel,
            eye: Some(eye),
            notices,
            backend,
            token: working.cancel_token(),
            is_pooled,
            stand_in: stand_in(),
            is_given_up: false,
            blockers: Vec::new(),
            seen: Seen::default(),
            before: None,
            is_unconfirmed: false,
        };
        Ok((watch, working))
    }

    /// Looks on until there is an answer; whether there is one, or the connection is given up, if it can be.
    pub(crate) fn look_on(
        &mut self,
        answered: &Receiver<()>,
        mut wait: Wait<'_>,
        can_give_up: bool,
        tell: &mut dyn FnMut(&Event<'_>),
    ) -> bool {
        self.blockers.clear();
        loop {
            match answered.recv_timeout(LOOK_EVERY) {
                Ok(()) => {
                    self.forward_notices(wait.step, tell);
                    return true;
                }
                // The thread has panicked, and its connection is gone with it.
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.forward_notices(wait.step, tell);
            let is_silent = self.look(&mut wait, tell);
            let is_over = |at: Option<Instant>| at.is_some_and(|at| at <= Instant::now());
            if can_give_up && (is_silent || is_over(wait.most)) {
                break;
            }
            if is_over(wait.ends) {
                // Tried again at the next look where it fails.
                self.cancel();
            }
        }
        self.is_given_up = true;
        false
    }

    /// Whether the backend has nothing to do for us although we wait.
    fn look(&mut self, wait: &mut Wait<'_>, tell: &mut dyn FnMut(&Event<'_>)) -> bool {
        let look = self.about(include_str!("sql/look.sql"));
        let blocking = self.about(include_str!("sql/blocking.sql"));
        let Some(sets) = self.ask_eye(&format!("{look};\n{blocking}")) else {
            return false;
        };
        let [state, blockers] = &sets[..] else {
            return false;
        };
        self.blockers = blocker::read(blockers);
        if let (false, Some(step)) = (self.blockers.is_empty(), wait.step)
            && wait.told.is_news()
        {
            let (blockers, waited) = (&self.blockers, wait.told.waited());
            tell(&Event::Blocked {
                step,
                blockers,
                waited,
            });
        }
        // Behind a pooler it may be another session's backend by now.
        let state = state.first().filter(|_| !self.is_pooled);
        let text = |name| state.and_then(|row| row.get::<Option<String>>(name).ok().flatten());
        let is_idle = text("state").is_some_and(|state| state.starts_with("idle"));
        wait.idle = if is_idle { wait.idle + 1 } else { 0 };
        wait.gone = if state.is_none() && !self.is_pooled {
            wait.gone + 1
        } else {
            0
        };
        wait.idle >= IDLE_LOOKS + wait.size / BYTES_A_LOOK || wait.gone >= GONE_LOOKS
    }

    /// A statement of ours on the watching connection; `None` where it gives no answer.
    fn ask_eye(&mut self, statements: &str) -> Option<Vec<Vec<own::Row>>> {
        let (mut eye, statements) = (self.eye.take()?, statements.to_owned());
        let (eye, asked) = apart(LOOK_LIMIT, move || {
            let asked = own::ask(&mut eye, &statements, own::BRIEF);
            let is_lost = asked.as_ref().is_err_and(|cause| !cause.is_answer());
            ((!is_lost).then_some(eye), asked)
        })?;
        self.eye = eye;
        asked.ok()
    }

    /// Sends what may fail without a word.
    pub(crate) fn write_down(&mut self, message: String) {
        let Some(mut eye) = self.eye.take() else {
            return;
        };
        self.eye = apart(WRITE_LIMIT, move || {
            let written = own::send(&mut eye, &message);
            written.is_ok().then_some(eye)
        })
        .flatten();
    }

    fn cancel(&mut self) {
        let cancel = self.about(include_str!("sql/cancel.sql"));
        if !self.is_pooled && self.ask_eye(&cancel).is_some() {
            return;
        }
        let (cancel, token) = (Arc::clone(&self.cancel), self.token.clone());
        // Whether it has come, the next look shows.
        let _ = apart(LOOK_LIMIT, move || cancel(&token));
    }

    /// A query about the backend that is watched.
    fn about(&self, template: &str) -> String {
        let values = [
            ("pid", &*self.backend.pid.to_string()),
            ("start", &self.backend.start.to_string()),
            ("is_given_up", &self.is_given_up.to_string()),
        ];
        blocker::query(&sql::fill(template.trim_end(), &values))
    }

    pub(crate) fn forward_notices(
        &mut self,
        step: Option<&Step>,
        tell: &mut dyn FnMut(&Event<'_>),
    ) {
        for notice in &self.notices.try_iter().collect::<Vec<_>>() {
            self.is_unconfirmed |= notice.routine() == Some(NOT_CONFIRMED);
            let Some(step) = step else { continue };
            let is_batch = notice.code() == BATCH;
            let detail = notice.detail().filter(|_| is_batch).unwrap_or_default();
            let numbers: Vec<usize> = detail.split(' ').filter_map(|it| it.parse().ok()).collect();
            tell(&match numbers[..] {
                [statement, batches, rows, ref total @ ..] => {
                    let total = total.first().copied();
                    Event::BatchFinished {
                        step,
                        statement,
                        batches,
                        rows,
                        total,
                    }
                }
                _ => Event::Notice { step, notice },
            });
        }
    }

    /// Makes the working connection again, for as long as another run would be waited for. The server
    /// must be the one that was lost, or one that has taken over from it. `step` was under way.
    pub(crate) fn reconnect(
        &mut self,
        step: Option<&Step>,
        patience: Duration,
        tell: &mut dyn FnMut(&Event<'_>),
    ) -> Result<Client> {
        let mut backoff = Backoff::until(patience);
        loop {
            let connect = Arc::clone(&self.connect);
            let pause = match (apart(CONNECT_LIMIT, move || connect()), backoff.pause()) {
                // It may be about to take over.
                (Some(Ok((_, now))), Some(pause)) if now.is_standby => pause,
                (Some(Ok((_, now))), _) if !now.follows(&self.backend) => {
                    return Err(Seen::other_server(&self.backend, &now));
                }
                (Some(Ok((client, now))), _) => return Ok(self.moved_to(client, now)),
                (Some(Err(cause)), None) => return Err(Error::database("connecting again", cause)),
                (None, None) => return Err(Error::said(messages::no_answer())),
                (Some(Err(_)) | None, Some(pause)) => pause,
            };
            if backoff.is_news() {
                let waited = backoff.waited();
                tell(&Event::Reconnecting { step, waited });
            }
            sleep(pause);
        }
    }

    fn moved_to(&mut self, mut client: Client, backend: Backend) -> Client {
        if !self.is_pooled {
            // It is not there on a server that has taken over, nor after a restart.
            let end = self.about(include_str!("sql/terminate.sql"));
            let _ = own::ask(&mut client, &end, own::BRIEF);
        }
        (self.token, self.is_given_up) = (client.cancel_token(), false);
        self.before = Some(std::mem::replace(&mut self.backend, backend));
        if self
            .ask_eye(include_str!("sql/alive.sql").trim_end())
            .is_none()
        {
            let connect = Arc::clone(&self.connect);
            let eye = apart(CONNECT_LIMIT, move || connect());
            self.eye = eye.and_then(Result::ok).map(|(eye, _)| eye);
        }
        if self.stand_in.is_none() {
            self.stand_in = stand_in();
        }
        client
    }

    /// The same when the session that is watched is over: if it goes on, another one was lost.
    pub(crate) fn replace(
        &mut self,
        patience: Duration,
        tell: &mut dyn FnMut(&Event<'_>),
    ) -> Option<Result<Client>> {
        let mut backoff = Backoff::until(patience);
        let query = self.about(include_str!("sql/alone.sql"));
        while !self.is_given_up
            && self
                .ask_eye(&query)
                .is_some_and(|sets| sets.iter().any(|rows| !rows.is_empty()))
        {
            sleep(backoff.pause()?);
        }
        Some(self.reconnect(None, patience, tell))
    }

    /// What a history lacks of what this run has seen, where the connection was made again since; if
    /// nothing, it takes what there is.
    pub(crate) fn compare(&mut self, past: &Past, under_way: &[&Step]) -> Option<Lacking> {
        if let Some(before) = take(&mut self.before)
            && let Some(lacking) = self.seen.lacking(past, under_way, before, &self.backend)
        {
            return Some(lacking);
        }
        self.seen.read(past);
        None
    }
}
