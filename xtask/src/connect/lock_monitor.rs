//! Who is in the way of a command that waits for a lock, told while it waits.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use postgres::Client;

use crate::catalog_session::CatalogSession;
use crate::connect::{Settings, backend};

/// How often a second connection looks; most commands are done before it is made.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Does what may wait for a lock.
pub(crate) fn report_blockers<T>(
    client: &mut Client,
    settings: &Settings,
    task: impl FnOnce(&mut Client) -> T,
) -> T {
    let Ok(pid) = backend(client) else {
        return task(client);
    };
    let (at_work, ended) = channel();
    thread::scope(|scope| {
        scope.spawn(move || watch(settings, pid, &ended));
        let result = task(client);
        drop(at_work);
        result
    })
}

/// Says it once of each. Not knowing who it is must not disturb the command.
fn watch(settings: &Settings, pid: i32, ended: &Receiver<()>) {
    let (mut eye, mut told) = (None, Vec::new());
    while ended.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
        if eye.is_none() {
            eye = settings.config.connect(settings.tls.clone()).ok();
        }
        let Some(client) = &mut eye else { return };
        let found = CatalogSession::open(client)
            .and_then(|mut own| own.rows(include_str!("lock_monitor/blockers.sql"), &[&pid]));
        for row in found.unwrap_or_default() {
            let (Ok(who), Ok(name)) = (row.try_get::<_, String>(0), row.try_get::<_, String>(1))
            else {
                return;
            };
            if !told.contains(&name) {
                told.push(name);
                eprintln!("waits for a lock; in the way is {who}");
            }
        }
    }
}
