//! What lies between a run and the server: limits, deadlines, the watch, and who is told.

use std::mem::take;
use std::time::{Duration, Instant};

use crate::backoff::Backoff;
use crate::blocker;
use crate::capabilities::Capabilities;
use crate::cause::Cause;
use crate::embedded::Mode;
use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::history::{History, Past, Use};
use crate::messages;
use crate::own::{self, Frame, Limits, OWN_LOCK_TIMEOUT, OWN_STATEMENT_TIMEOUT, Question};
use crate::place::Stage;
use crate::prepared_step::Part;
use crate::server::{Server, Sets, Wanted};
use crate::sqlstate;
use crate::step::{Plan, Step};
use crate::watch::{Looking, Wait, Watch, tell};

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
    /// What can be relied on.
    pub(crate) can: Capabilities,
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

impl<'a> Wire<'a> {
    pub(crate) fn new() -> Self {
        Self {
            observer: None,
            is_per_statement: false,
            can: Capabilities::DIRECT,
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
    pub(crate) async fn ask(
        &mut self,
        server: &mut dyn Server,
        history: &History,
        statements: &str,
    ) -> Result<Sets> {
        self.ask_after(&[], server, history, statements).await
    }

    /// The same, after statements on the session's own search path.
    pub(crate) async fn ask_after(
        &mut self,
        first: &[String],
        server: &mut dyn Server,
        history: &History,
        statements: &str,
    ) -> Result<Sets> {
        let mut backoff = Backoff::until(self.lock_deadline);
        loop {
            let limits = self.limits();
            let question = Question::after(first, statements, limits, self.frame);
            let most = Some(limits.statement + GIVE_UP_OWN_AFTER);
            let wait = Wait::new(None, self.ends, most);
            let asked = self.send_for(server, wait, &question.message, Wanted::Rows);
            let cause = match asked.await {
                Ok(sets) => return Ok(question.answer(sets)),
                Err(cause) if cause.code() != Some(sqlstate::LOCK_NOT_AVAILABLE) => {
                    let is_altered = cause.said.as_ref().is_some_and(History::is_altered);
                    let error = history.not_read(cause);
                    if !is_altered {
                        return Err(error);
                    }
                    // Another look at the tables explains it, unless they are ours again.
                    let error = history.refused(server, Use::Write, error).await;
                    let altered = messages::altered(&history.table);
                    return Err(error.replaced_if(History::is_altered, altered));
                }
                Err(cause) => cause,
            };
            let waited = backoff.waited();
            let pause = backoff.pause().filter(|_| !self.is_over());
            if pause.is_none() || self.is_news(&mut backoff) {
                let holders = blocker::query(include_str!("sql/history/history_holders.sql"));
                let blockers = &blocker::find(server, &history.fill(&holders, &[])).await;
                if pause.is_none() {
                    let table = &history.table;
                    return Err(Error::history_locked(table, waited, blockers, cause));
                }
                self.tell(&Event::WaitingForHistory { blockers, waited });
            }
            let pause = pause.unwrap_or_default();
            server.pause(pause).await;
        }
    }

    pub(crate) fn tell_plan(&mut self, plan: &Plan) {
        self.tell(&Event::Planned { plan });
        if let Some(held) = &plan.held_back {
            self.tell(&Event::Held { held });
        }
    }

    /// After a reconnect, refuses a history that lacks what this run has seen.
    pub(crate) async fn compare(
        &mut self,
        server: &mut dyn Server,
        history: &History,
        past: &Past,
        under_way: &[&Step],
    ) -> Result<()> {
        let watch = self.watch.as_mut();
        let lacking = watch.and_then(|watch| watch.compare(past, under_way));
        match lacking {
            Some(lacking) => Err(lacking.explained(server, history).await),
            None => Ok(()),
        }
    }

    /// Notes and tells where something of the step was committed that no standby has confirmed.
    pub(crate) fn confirm(&mut self, step: &mut Step) {
        let watch = self.watch.as_mut();
        if watch.is_some_and(|watch| take(&mut watch.is_unconfirmed)) {
            step.unconfirmed = true;
            self.tell(&Event::NotConfirmed { step });
        }
    }

    /// Tells of a statement of the migration's own, where each is a message.
    pub(crate) fn tell_statement(&mut self, part: &Part<'_>, index: usize, began: Instant) {
        let step = part.work.step;
        // Outside a transaction they come one by one.
        let is_told = self.is_per_statement && step.mode == Mode::Transaction;
        if is_told && matches!(part.stage, Stage::Unknown) {
            let (statement, duration) = (index + 1, began.elapsed());
            self.tell(&Event::StatementFinished {
                step,
                statement,
                duration,
            });
        }
    }

    /// Whether it is time to say what is waited for, and somebody is told.
    pub(crate) fn is_news(&self, backoff: &mut Backoff) -> bool {
        self.observer.is_some() && backoff.is_news()
    }

    pub(crate) fn tell(&mut self, event: &Event<'_>) {
        tell(&mut self.observer, event);
    }

    /// Makes the working connection again; `None` where there is no watch that could.
    pub(crate) async fn reconnect(
        &mut self,
        server: &mut dyn Server,
        step: Option<&Step>,
    ) -> Option<Result<()>> {
        let Self {
            observer, watch, ..
        } = self;
        let watch = watch.as_mut()?;
        let made = watch.reconnect(server, step, self.lock_deadline, observer);
        let made = made.await;
        self.pid = watch.backend.pid;
        Some(made)
    }

    /// The same before the first step, where the session that was lost is over.
    pub(crate) async fn replace(&mut self, server: &mut dyn Server) -> Option<Result<()>> {
        let Self {
            observer, watch, ..
        } = self;
        let watch = watch.as_mut()?;
        watch.replace(server, self.lock_deadline, observer).await
    }

    /// Sends a message in this session, and waits for its answer.
    pub(crate) async fn send(
        &mut self,
        server: &mut dyn Server,
        step: &Step,
        message: &str,
    ) -> Result<(), Cause> {
        let mut wait = Wait::new(Some(step), self.ends, None);
        wait.size = message.len();
        let sent = self.send_for(server, wait, message, Wanted::Nothing);
        sent.await.map(drop)
    }

    /// The rows of a bare query of ours.
    pub(crate) async fn rows(
        &mut self,
        server: &mut dyn Server,
        message: &str,
    ) -> Result<Sets, Cause> {
        let most = Some(self.limits().statement + GIVE_UP_OWN_AFTER);
        let wait = Wait::new(None, self.ends, most);
        self.send_for(server, wait, message, Wanted::Rows).await
    }

    /// Sends what gives back something that a run has taken.
    pub(crate) async fn release(
        &mut self,
        server: &mut dyn Server,
        message: &str,
    ) -> Result<Sets, Cause> {
        let wait = Wait::new(None, self.ends, Some(GIVE_UP_RELEASE_AFTER));
        self.send_for(server, wait, message, Wanted::Rows).await
    }

    /// Sends what may fail without a word, and `beside` on the watching connection where this one is
    /// lost.
    pub(crate) async fn write_down(
        &mut self,
        server: &mut dyn Server,
        message: &str,
        beside: &str,
    ) {
        let wait = Wait::new(None, None, Some(GIVE_UP_WRITE_AFTER));
        let written = self.send_for(server, wait, message, Wanted::Nothing).await;
        let is_lost = written.is_err_and(|cause| !cause.is_answer());
        if is_lost && self.watch.is_some() {
            Watch::write_down(server, beside).await;
        }
    }

    /// The watch, where it watches the backend that the run works on.
    pub(crate) fn watching(&mut self) -> Option<&mut Watch> {
        let pid = self.pid;
        self.watch.as_mut().filter(|watch| watch.backend.pid == pid)
    }

    /// A wait that is looked on, where the session is watched.
    pub(crate) fn looking<'l>(
        &'l mut self,
        wait: Wait<'l>,
        can_give_up: bool,
    ) -> Option<Looking<'l, 'a>> {
        let pid = self.pid;
        let Self {
            observer, watch, ..
        } = self;
        let watch = watch.as_mut().filter(|watch| watch.backend.pid == pid)?;
        Some(watch.over(wait, can_give_up, observer))
    }

    /// Sends what waits for the server. Where the session is watched and the answer is given up, it
    /// fails as on a connection that was lost.
    async fn send_for(
        &mut self,
        server: &mut dyn Server,
        wait: Wait<'_>,
        message: &str,
        wanted: Wanted,
    ) -> Result<Sets, Cause> {
        let Some(mut looking) = self.looking(wait, true) else {
            return server.send(message, wanted).await;
        };
        if let Some(answer) = server.beside(message, wanted, &mut looking).await {
            return answer;
        }
        looking.gave_up();
        let lost = own::send(server, "").await.err();
        Err(lost.unwrap_or_else(|| Cause::new(messages::no_answer())))
    }
}
