//! Locks that are gone when a statement ends: of one outside a transaction, or in a function that
//! catches an error. Another session stands in the way at each table, so that whoever asks for it
//! waits, and can be seen doing so.

use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use pgstrata_compiler::locks::LockMode;
use postgres::error::SqlState;
use postgres::{Client, Error, GenericClient, Statement};

use super::send::Sent;
use crate::catalog_session::CatalogSession;
use crate::connect::backend;
use crate::failure::Failure;
use crate::pending::locked;
use crate::shadow::{HISTORY, ShadowDatabase, caused};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(1);

/// A lock that was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// The table's number.
    pub(super) table: u32,
    pub(super) mode: LockMode,
}

/// The sessions beside the one that is watched.
pub(super) struct Watch {
    pid: i32,
    eye: Client,
    hold: Statement,
    wanted: Statement,
    /// One stands in the way; the other one takes over before that gives way.
    holders: [Client; 2],
}

impl Watch {
    /// Beside a session of this database.
    pub(super) fn open(shadow: &ShadowDatabase<'_>, watched: &mut Client) -> Result<Self, Failure> {
        let pid = backend(watched).map_err(caused)?;
        let mut eye = shadow.connect()?;
        let mut own = CatalogSession::open(&mut eye).map_err(caused)?;
        let hold = own.prepared(include_str!("hold.sql")).map_err(caused)?;
        let wanted = own.prepared(include_str!("wanted.sql")).map_err(caused)?;
        drop(own);
        let holders = [shadow.connect()?, shadow.connect()?];
        Ok(Self {
            pid,
            eye,
            hold,
            wanted,
            holders,
        })
    }

    /// Runs the statement; what it asked for, and how long it took while nobody was in its way.
    pub(super) fn run(
        &mut self,
        client: &mut (impl GenericClient + Send),
        sent: &Sent<'_>,
    ) -> Result<(Vec<Wanted>, Duration), Error> {
        self.hold(0)?;
        thread::scope(|scope| {
            let begin = Instant::now();
            let running = scope.spawn(move || (sent.run(client), Instant::now()));
            let followed = self.follow(&running);
            // Whatever came of it, nobody may go on waiting.
            let released = self.release(0).and_then(|()| self.release(1));
            let (outcome, end) = running.join().unwrap_or((Ok(()), begin));
            let (wanted, held) = followed?;
            released?;
            outcome?;
            Ok((
                wanted,
                end.saturating_duration_since(begin).saturating_sub(held),
            ))
        })
    }

    /// Lets it through table by table; also returns for how long it was held up.
    fn follow(
        &mut self,
        running: &ScopedJoinHandle<'_, (Result<(), Error>, Instant)>,
    ) -> Result<(Vec<Wanted>, Duration), Error> {
        let (mut wanted, mut held): (Vec<Wanted>, _) = (Vec::new(), Duration::ZERO);
        let mut holder = 0;
        while !running.is_finished() {
            let waits =
                CatalogSession::open(&mut self.eye)?.row_if_any(&self.wanted, &[&self.pid])?;
            let Some(waits) = waits else {
                thread::sleep(PAUSE);
                continue;
            };
            let seen = Instant::now();
            let (table, mode): (Option<u32>, Option<String>) =
                (waits.try_get(0)?, waits.try_get(1)?);
            // Else it waits for whoever uses a table, or has an old view of it.
            if let Some((table, mode)) = table.zip(mode.as_deref().and_then(locked::mode)) {
                match wanted.iter_mut().find(|wanted| wanted.table == table) {
                    Some(again) => again.mode = again.mode.max(mode),
                    None => wanted.push(Wanted { table, mode }),
                }
            }
            self.hold(1 - holder)?;
            self.release(holder)?;
            holder = 1 - holder;
            held += seen.elapsed();
            // It wakes up.
            thread::sleep(PAUSE);
        }
        Ok((wanted, held))
    }

    /// Stands in the way, unless the tables cannot be had at once.
    fn hold(&mut self, holder: usize) -> Result<(), Error> {
        let row = CatalogSession::open(&mut self.eye)?.row(&self.hold, &[&self.pid, &HISTORY])?;
        let lock: &str = row.try_get(0)?;
        let message = format!("BEGIN; SET LOCAL lock_timeout = '1s'; {lock}");
        let held = self.holders[holder].batch_execute(&message);
        match held {
            Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => {
                self.release(holder)
            }
            held => held,
        }
    }

    fn release(&mut self, holder: usize) -> Result<(), Error> {
        self.holders[holder].batch_execute("ROLLBACK")
    }
}
