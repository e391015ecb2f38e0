//! The second connection, which watches the working one: it says who is in the way, cancels at the
//! deadline, gives up a connection that went silent, and makes another one.

use std::mem::take;
use std::time::{Duration, Instant};

use crate::backend::Backend;
use crate::backoff::Backoff;
use crate::blocker;
use crate::blocker::Blocker;
use crate::capabilities::Capabilities;
use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::history::Past;
use crate::messages;
use crate::own;
use crate::seen::{Lacking, Seen};
use crate::server::{Answer, Look, Server, Watching};
use crate::sql;
use crate::step::Step;

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

/// Raised by `batch.sql`, with numbers as its detail.
const BATCH: &str = "PGSBA";

/// The server's function that warns of a commit that no standby has confirmed. Its message may be in
/// any language, and its SQLSTATE is that of every warning.
const NOT_CONFIRMED: &str = "SyncRepWaitForLSN";

/// Watches the working connection that [`Migrator::connect`](crate::Migrator::connect) made.
pub(crate) struct Watch {
    /// The backend that is watched.
    pub(crate) backend: Backend,
    can: Capabilities,
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

/// Who is told.
pub(crate) type Told<'t, 'o> = &'t mut Option<&'o mut dyn Observer>;

pub(crate) fn tell(told: Told<'_, '_>, event: &Event<'_>) {
    if let Some(observer) = told {
        observer.observe(event);
    }
}

/// A wait, with all that looking on needs.
pub(crate) struct Looking<'l, 'o> {
    watch: &'l mut Watch,
    told: Told<'l, 'o>,
    wait: Wait<'l>,
    can_give_up: bool,
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

impl Look for Looking<'_, '_> {
    fn look<'a>(&'a mut self, watching: &'a mut dyn Watching) -> Answer<'a, bool> {
        Box::pin(self.is_given_up(watching))
    }

    fn answered(&mut self, watching: &mut dyn Watching) {
        let Self {
            watch, told, wait, ..
        } = self;
        watch.forward_notices(watching, wait.step, told);
    }
}

impl Looking<'_, '_> {
    async fn is_given_up(&mut self, watching: &mut dyn Watching) -> bool {
        let Self {
            watch,
            told,
            wait,
            can_give_up,
        } = self;
        watch.forward_notices(watching, wait.step, told);
        let is_silent = watch.look(watching, wait, told).await;
        let is_over = |at: Option<Instant>| at.is_some_and(|at| at <= Instant::now());
        if *can_give_up && (is_silent || is_over(wait.most)) {
            return true;
        }
        if is_over(wait.ends) {
            // Tried again at the next look where it fails.
            watch.cancel(watching).await;
        }
        false
    }

    /// The answer is not waited for any more.
    pub(crate) fn gave_up(self) {
        self.watch.is_given_up = true;
    }
}

impl Watch {
    /// The watch over a connection to `backend`; `watching` is the other connection's backend, and
    /// `again` that of the first one, asked once more after it.
    pub(crate) fn new(
        backend: Backend,
        watching: &Backend,
        again: &Backend,
        can: Capabilities,
    ) -> Result<Self> {
        // A pooler gives the second the backend that the first one had, or the first another.
        let seems_pooled = watching.pid == backend.pid || again.pid != backend.pid;
        if seems_pooled && can.keeps_backend {
            return Err(Error::said(messages::pooled()));
        }
        Ok(Self {
            backend,
            can,
            is_given_up: false,
            blockers: Vec::new(),
            seen: Seen::default(),
            before: None,
            is_unconfirmed: false,
        })
    }

    /// Begins to look on.
    pub(crate) fn over<'l, 'o>(
        &'l mut self,
        wait: Wait<'l>,
        can_give_up: bool,
        told: Told<'l, 'o>,
    ) -> Looking<'l, 'o> {
        self.blockers.clear();
        Looking {
            watch: self,
            told,
            wait,
            can_give_up,
        }
    }

    /// Whether the backend has nothing to do for us although we wait.
    async fn look(
        &mut self,
        watching: &mut dyn Watching,
        wait: &mut Wait<'_>,
        told: Told<'_, '_>,
    ) -> bool {
        let look = self.about(include_str!("sql/watch/look.sql"));
        let blocking = self.about(include_str!("sql/watch/blocking.sql"));
        let both = format!("{look};\n{blocking}");
        let Some(sets) = own::ask_watching(watching, &both, LOOK_LIMIT).await else {
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
            tell(
                told,
                &Event::Blocked {
                    step,
                    blockers,
                    waited,
                },
            );
        }
        // Behind a pooler it may be another session's backend by now.
        let state = state.first().filter(|_| self.can.keeps_backend);
        let text = |name| state.and_then(|row| row.get::<Option<String>>(name).ok().flatten());
        let is_idle = text("state").is_some_and(|state| state.starts_with("idle"));
        wait.idle = if is_idle { wait.idle + 1 } else { 0 };
        wait.gone = if state.is_none() && self.can.keeps_backend {
            wait.gone + 1
        } else {
            0
        };
        wait.idle >= IDLE_LOOKS + wait.size / BYTES_A_LOOK || wait.gone >= GONE_LOOKS
    }

    async fn cancel(&self, watching: &mut dyn Watching) {
        let cancel = self.about(include_str!("sql/watch/cancel.sql"));
        let is_asked = self.can.keeps_backend
            && own::ask_watching(watching, &cancel, LOOK_LIMIT)
                .await
                .is_some();
        if !is_asked {
            // Whether it has come, the next look shows.
            watching.cancel(LOOK_LIMIT).await;
        }
    }

    /// A query about the backend that is watched.
    fn about(&self, template: &str) -> String {
        let values = [
            ("pid", &*self.backend.pid.to_string()),
            ("start", &self.backend.start.to_string()),
        ];
        blocker::query(&sql::fill(template.trim_end(), &values))
    }

    pub(crate) fn forward_notices(
        &mut self,
        watching: &mut dyn Watching,
        step: Option<&Step>,
        told: Told<'_, '_>,
    ) {
        for notice in &watching.notices() {
            self.is_unconfirmed |= notice.routine() == Some(NOT_CONFIRMED);
            let Some(step) = step else { continue };
            let is_batch = notice.code() == BATCH;
            let detail = notice.detail().filter(|_| is_batch).unwrap_or_default();
            let numbers: Vec<usize> = detail.split(' ').filter_map(|it| it.parse().ok()).collect();
            let event = match numbers[..] {
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
            };
            tell(told, &event);
        }
    }

    /// Makes the working connection again, for as long as another run would be waited for. The server
    /// must be the one that was lost, or one that has taken over from it. `step` was under way.
    pub(crate) async fn reconnect(
        &mut self,
        server: &mut dyn Server,
        step: Option<&Step>,
        patience: Duration,
        told: Told<'_, '_>,
    ) -> Result<()> {
        let mut backoff = Backoff::until(patience);
        loop {
            let before = &self.backend;
            let made = server.reconnect(&|now| now.follows(before)).await;
            let pause = match (made, backoff.pause()) {
                // It may be about to take over.
                (Some(Ok(now)), Some(pause)) if now.is_standby => pause,
                (Some(Ok(now)), _) if !now.follows(&self.backend) => {
                    return Err(Seen::other_server(&self.backend, &now));
                }
                (Some(Ok(now)), _) => {
                    self.moved_to(server, now).await;
                    return Ok(());
                }
                (Some(Err(cause)), None) => return Err(Error::database("connecting again", cause)),
                (None, None) => return Err(Error::said(messages::no_answer())),
                (Some(Err(_)) | None, Some(pause)) => pause,
            };
            if backoff.is_news() {
                let waited = backoff.waited();
                tell(told, &Event::Reconnecting { step, waited });
            }
            server.pause(pause).await;
        }
    }

    async fn moved_to(&mut self, server: &mut dyn Server, backend: Backend) {
        if self.can.keeps_backend {
            // It is not there on a server that has taken over, nor after a restart.
            let end = self.about(include_str!("sql/watch/terminate.sql"));
            let _ = own::ask(server, &end, own::BRIEF).await;
        }
        server.watch_again().await;
        self.is_given_up = false;
        self.before = Some(std::mem::replace(&mut self.backend, backend));
    }

    /// The same when the session that is watched is over: if it goes on, another one was lost.
    pub(crate) async fn replace(
        &mut self,
        server: &mut dyn Server,
        patience: Duration,
        told: Told<'_, '_>,
    ) -> Option<Result<()>> {
        let mut backoff = Backoff::until(patience);
        let query = self.about(include_str!("sql/watch/alone.sql"));
        while !self.is_given_up && Self::finds(server, &query).await {
            let pause = backoff.pause()?;
            server.pause(pause).await;
        }
        Some(self.reconnect(server, None, patience, told).await)
    }

    /// Whether the watching connection has a row for this.
    async fn finds(server: &mut dyn Server, query: &str) -> bool {
        let Some(watching) = server.watching() else {
            return false;
        };
        let asked = own::ask_watching(watching, query, LOOK_LIMIT).await;
        asked.is_some_and(|sets| sets.iter().flatten().next().is_some())
    }

    /// Sends what may fail without a word.
    pub(crate) async fn write_down(server: &mut dyn Server, message: &str) {
        if let Some(watching) = server.watching() {
            let _ = watching.ask(message, WRITE_LIMIT).await;
        }
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
