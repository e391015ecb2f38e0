//! What lies between a run and the server: limits, deadlines, the watch, and who is told.

use std::mem::{replace, take};
use std::panic::resume_unwind;
use std::sync::mpsc::channel;
use std::thread::{scope, sleep, spawn};
use std::time::{Duration, Instant};

use postgres::Client;

use crate::backoff::Backoff;
use crate::blocker;
use crate::cause::Cause;
use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::history::{History, Past, Use};
use crate::messages;
use crate::own::{self, Frame, Limits, OWN_LOCK_TIMEOUT, OWN_STATEMENT_TIMEOUT, Row};
use crate::sqlstate;
use crate::step::{Plan, Step};
use crate::watch::{Wait, Watch};

/// A connection survives so many losses within one step.
pub(crate) const LOSSES: u32 = 3;

/// A statement of ours is given up so long after the server should have ended it.
const GIVE_UP_OWN_AFTER: Duration = Duration::from_secs(5);

/// A message that only gives back what a run has taken.
const GIVE_UP_RELEASE_AFTER: Duration = Duration::from_secs(10);

/// A message that nobody needs.
const GIVE_UP_WRITE_AFTER: Duration = Duration::from_secs(1);

/// What lies between a run and the server, who is told of it, and what is waited for meanwhile.
pub(crate) struct Wire<'a> {
    pub(crate) observer: Option<&'a mut dyn Observer>,
    /// Whether a statement is a message, so that it can be told of.
    pub(crate) is_per_statement: bool,
    /// Whether a transaction pooler lies between.
    pub(crate) is_pooled: bool,
    /// Of messages of ours: the session is known to be in no transaction once it has the lock.
    pub(crate) frame: Frame,
    /// Of the connection that [`Migrator::connect`] made.
    pub(crate) watch: Option<Watch>,
    /// The backend that the run works on, once it is known.
    pub(crate) pid: i32,
    /// When the run has to end.
    pub(crate) ends: Option<Instant>,
    /// For how long another session may be at work.
    pub(crate) lock_deadline: Duration,
    /// For how long a statement waits for one lock.
    pub(crate) lock_timeout: Duration,
}

impl Wire<'_> {
    pub(crate) fn new() -> Self {
        Self {
            observer: None,
            is_per_statement: false,
            is_pooled: false,
            frame: Frame::GivesBack,
            watch: None,
            pid: 0,
            ends: None,
            lock_deadline: Duration::from_secs(60),
            lock_timeout: Duration::from_secs(5),
        }
    }

    /// Whether the run has to end.
    pub(crate) fn is_over(&self) -> bool {
        self.ends.is_some_and(|ends| ends <= Instant::now())
    }

    /// The limits of a statement of ours.
    pub(crate) fn limits(&self) -> Limits {
        let own = Some(self.lock_timeout).filter(|timeout| !timeout.is_zero());
        let left = self
            .ends
            .map(|ends| ends.saturating_duration_since(Instant::now()));
        let left = left.map(|left| left.max(Duration::from_millis(1)));
        let shortest = |most: Duration| left.map_or(most, |left| left.min(most));
        Limits {
            lock: shortest(own.map_or(OWN_LOCK_TIMEOUT, |own| own.min(OWN_LOCK_TIMEOUT))),
            statement: shortest(OWN_STATEMENT_TIMEOUT),
        }
    }

    /// Sends statements of ours. While another session keeps a lock on the history they are sent
    /// again until the deadline, and the observer is told who that is.
    pub(crate) fn ask(
        &mut self,
        client: &mut Client,
        history: &History,
        statements: &str,
    ) -> Result<Vec<Vec<Row>>> {
        self.ask_after(&[], client, history, statements)
    }

    /// The same, after statements on the session's own search path.
    pub(crate) fn ask_after(
        &mut self,
        first: &[String],
        client: &mut Client,
        history: &History,
        statements: &str,
    ) -> Result<Vec<Vec<Row>>> {
        let mut backoff = Backoff::until(self.lock_deadline);
        loop {
            let limits = self.limits();
            let (own_first, own, frame) = (first.to_owned(), statements.to_owned(), self.frame);
            let most = Some(limits.statement + GIVE_UP_OWN_AFTER);
            let wait = Wait::new(None, self.ends, most);
            let asked = self.apart(client, wait, move |client| {
                own::ask_after(&own_first, client, &own, limits, frame)
            });
            let cause = match asked {
                Ok(sets) => return Ok(sets),
                Err(cause) if cause.code() != Some(sqlstate::LOCK_NOT_AVAILABLE) => {
                    let is_altered = cause.said.as_ref().is_some_and(History::is_altered);
                    return history.reading(Err(cause)).map_err(|error| {
                        if is_altered {
                            // Another look at the tables explains it, unless they are ours again.
                            let error = history.refused(client, Use::Write, error);
                            let altered = messages::altered(&history.table);
                            error.replaced_if(History::is_altered, altered)
                        } else {
                            error
                        }
                    });
                }
                Err(cause) => cause,
            };
            let holders = blocker::query(include_str!("sql/history_holders.sql"));
            let query = history.fill(&holders, &[]);
            let holders = blocker::find(client, &query);
            let waited = backoff.waited();
            let Some(pause) = backoff.pause().filter(|_| !self.is_over()) else {
                return Err(Error::history_locked(
                    &history.table,
                    waited,
                    &holders,
                    cause,
                ));
            };
            if backoff.is_news() {
                let blockers = &holders;
                self.tell(&Event::WaitingForHistory { blockers, waited });
            }
            sleep(pause);
        }
    }

    pub(crate) fn tell_plan(&mut self, plan: &Plan) {
        self.tell(&Event::Planned { plan });
        if let Some(held) = &plan.held_back {
            self.tell(&Event::Held { held });
        }
    }

    /// After a reconnect, refuses a history that lacks what this run has seen.
    pub(crate) fn compare(
        &mut self,
        client: &mut Client,
        history: &History,
        past: &Past,
        under_way: &[&Step],
    ) -> Result<()> {
        let watch = self.watch.as_mut();
        let lacking = watch.and_then(|watch| watch.compare(past, under_way));
        lacking.map_or(Ok(()), |lacking| Err(lacking.explained(client, history)))
    }

    /// Notes and tells where something of the step was committed that no standby has confirmed.
    pub(crate) fn confirm(&mut self, step: &mut Step) {
        let watch = self.watch.as_mut();
        if watch.is_some_and(|watch| take(&mut watch.is_unconfirmed)) {
            step.unconfirmed = true;
            self.tell(&Event::NotConfirmed { step });
        }
    }

    pub(crate) fn tell(&mut self, event: &Event<'_>) {
        self.observer
            .iter_mut()
            .for_each(|observer| observer.observe(event));
    }

    /// Makes the working connection again; `None` where there is no watch that could.
    pub(crate) fn reconnect(&mut self, step: Option<&Step>) -> Option<Result<Client>> {
        let Self {
            observer, watch, ..
        } = self;
        let mut tell = |event: &Event<'_>| observer.iter_mut().for_each(|it| it.observe(event));
        let watch = watch.as_mut()?;
        let client = watch.reconnect(step, self.lock_deadline, &mut tell);
        self.pid = watch.backend.pid;
        Some(client)
    }

    /// The same before the first step, where the session that was lost is over.
    pub(crate) fn replace(&mut self) -> Option<Result<Client>> {
        let Self {
            observer, watch, ..
        } = self;
        let mut tell = |event: &Event<'_>| observer.iter_mut().for_each(|it| it.observe(event));
        watch.as_mut()?.replace(self.lock_deadline, &mut tell)
    }

    /// Sends a message in this session, and waits for its answer.
    pub(crate) fn send(
        &mut self,
        client: &mut Client,
        step: &Step,
        message: &str,
    ) -> Result<(), Cause> {
        if self.watching().is_none() {
            return own::send(client, message);
        }
        let mut wait = Wait::new(Some(step), self.ends, None);
        wait.size = message.len();
        let message = message.to_owned();
        self.apart(client, wait, move |client| own::send(client, &message))
    }

    /// Sends what gives back something that a run has taken.
    pub(crate) fn release(
        &mut self,
        client: &mut Client,
        message: String,
    ) -> Result<Vec<Vec<Row>>, Cause> {
        let wait = Wait::new(None, self.ends, Some(GIVE_UP_RELEASE_AFTER));
        self.apart(client, wait, move |client| own::rows(client, &message))
    }

    /// Sends what may fail without a word, and `beside` on the watching connection where this one is
    /// lost.
    pub(crate) fn write_down(&mut self, client: &mut Client, message: String, beside: String) {
        let wait = Wait::new(None, None, Some(GIVE_UP_WRITE_AFTER));
        let written = self.apart(client, wait, move |client| own::send(client, &message));
        let is_lost = written.is_err_and(|cause| !cause.is_answer());
        if let (true, Some(watch)) = (is_lost, &mut self.watch) {
            watch.write_down(beside);
        }
    }

    /// The watch, where it watches the backend that the run works on.
    pub(crate) fn watching(&mut self) -> Option<&mut Watch> {
        let pid = self.pid;
        self.watch.as_mut().filter(|watch| watch.backend.pid == pid)
    }

    /// Does what waits for the server; where the session is watched, on a thread that has the
    /// connection until there is an answer. Where it is given up, what is left in its place fails as a
    /// connection that was lost.
    fn apart<T: Send + 'static>(
        &mut self,
        client: &mut Client,
        wait: Wait<'_>,
        task: impl FnOnce(&mut Client) -> Result<T, Cause> + Send + 'static,
    ) -> Result<T, Cause> {
        let pid = self.pid;
        let Self {
            observer, watch, ..
        } = self;
        let watch = watch.as_mut().filter(|watch| watch.backend.pid == pid);
        let Some((watch, stand_in)) = watch.and_then(|watch| {
            let stand_in = watch.stand_in.take()?;
            Some((watch, stand_in))
        }) else {
            return task(client);
        };
        let mut tell = |event: &Event<'_>| observer.iter_mut().for_each(|it| it.observe(event));
        let mut working = replace(client, stand_in);
        let (sender, answered) = channel();
        let sending = spawn(move || {
            let result = task(&mut working);
            // Nobody waits for a connection that was given up.
            let _ = sender.send(());
            (working, result)
        });
        let is_answered = watch.look_on(&answered, wait, true, &mut tell);
        match is_answered.then(|| sending.join()) {
            Some(Ok((working, result))) => {
                watch.stand_in = Some(replace(client, working));
                result
            }
            _ => loop {
                own::send(client, "")?;
            },
        }
    }

    /// Does what waits for the server and borrows something; where the session is watched, on a
    /// thread of its own. It cannot be given up: only the system can, by its keepalives.
    pub(crate) fn wait<T: Send>(&mut self, step: &Step, task: impl FnOnce() -> T + Send) -> T {
        let (ends, pid) = (self.ends, self.pid);
        let Self {
            observer, watch, ..
        } = self;
        let Some(watch) = watch.as_mut().filter(|watch| watch.backend.pid == pid) else {
            return task();
        };
        let mut tell = |event: &Event<'_>| observer.iter_mut().for_each(|it| it.observe(event));
        let (sender, answered) = channel();
        let result = scope(|scope| {
            let sending = scope.spawn(move || {
                let result = task();
                let _ = sender.send(());
                result
            });
            let _ = watch.look_on(
                &answered,
                Wait::new(Some(step), ends, None),
                false,
                &mut tell,
            );
            sending.join().unwrap_or_else(|panic| resume_unwind(panic))
        });
        watch.forward_notices(Some(step), &mut tell);
        result
    }
}
