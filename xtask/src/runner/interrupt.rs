//! Ctrl-C, and the end of a container: what runs on the server is cancelled, and the run ends as
//! if that had failed.
//!
//! Whoever only ended the program would leave the server at work on what it was sent, until it
//! looks after its client.

use std::thread;
use std::time::Duration;

use postgres::Client;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::exit::by_signal;
use crate::failure::Failure;

/// What came between two statements is cancelled with the next one.
const AGAIN: Duration = Duration::from_millis(100);

/// From now on; a second signal ends the program at once.
pub(crate) fn cancels(client: &Client, tls: &MakeRustlsConnect) -> Result<(), Failure> {
    let (token, tls) = (client.cancel_token(), tls.clone());
    let signals = Signals::new([SIGINT, SIGTERM]);
    let mut signals = signals
        .map_err(|error| Failure::configuration(format!("preparing for Ctrl-C: {error}")))?;
    thread::spawn(move || {
        let mut signals = signals.forever();
        if signals.next().is_none() {
            return;
        }
        eprintln_coloured!("stopping: what runs is cancelled; once more ends the program at once");
        thread::spawn(move || {
            loop {
                // Where the server cannot be reached the run notices, too.
                let _ = token.cancel_query(tls.clone());
                thread::sleep(AGAIN);
            }
        });
        if let Some(signal) = signals.next() {
            by_signal(signal);
        }
    });
    Ok(())
}
