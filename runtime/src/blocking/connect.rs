//! Making connections: with keepalives, with a second one that watches the first, and never inside an
//! async task.

use std::pin::pin;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Waker};
use std::time::Duration;

use postgres::config::LoadBalanceHosts;
use postgres::tls::{MakeTlsConnect, TlsConnect};
use postgres::{CancelToken, Client, Config, NoTls, Socket};

use super::address::{Tls, config};
use super::code::Code;
use super::run;
use super::session::{Beside, Session};
use crate::backend::Backend;
use crate::capabilities::Capabilities;
use crate::cause::Cause;
use crate::database_error::DatabaseError;
use crate::error::{Error, Result};
use crate::messages;
use crate::own;
use crate::product::Product;
use crate::watch::Watch;

/// For how long a connection may be silent before the system asks whether the other end is there, how
/// often it asks then, and how often it does so in vain. Data that is not acknowledged is waited for as long.
const KEEPALIVE: (Duration, Duration, u32) = (Duration::from_secs(15), Duration::from_secs(5), 3);

/// Connects without encryption, like `postgres::Client::connect(url, postgres::NoTls)`.
///
/// That one is generic: the crate that calls it compiles most of the client again, which takes
/// five seconds of each release build. This one was compiled before.
///
/// An address that asks for encryption needs a TLS connector: see
/// [`Migrator::connect_to`](crate::Migrator::connect_to).
///
/// ```no_run
/// let mut client = pgstrata::connect("postgresql://localhost/app")?;
/// # Ok::<(), pgstrata::Error>(())
/// ```
///
/// # Errors
///
/// If the address cannot be read, asks for encryption, or leads to no server; and within an async task.
pub fn connect(address: &str) -> Result<Client> {
    refuse_async()?;
    let config = config(address, Tls::Never)?;
    config
        .connect(NoTls)
        .map_err(|error| Error::database("connecting", error))
}

/// A working connection, and the watch over it.
pub(crate) fn watched<T>(
    config: &Config,
    tls: T,
    can: Capabilities,
) -> Result<(Watch, Beside, Client)>
where
    T: MakeTlsConnect<Socket> + Clone + 'static + Send,
    T::TlsConnect: Send,
    T::Stream: Send,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    let (sender, notices) = channel();
    let mut config = config.clone();
    keep_alive(&mut config);
    // In any order the second connection could watch another server.
    config.load_balance_hosts(LoadBalanceHosts::Disable);
    config.notice_callback(move |notice| {
        // Nobody listens any more when the run is over.
        let _ = sender.send(DatabaseError::from(&notice));
    });
    // What is shared between threads must be told so.
    let for_cancel = Mutex::new(tls.clone());
    let for_connections = Mutex::new(tls);
    let connect = move || {
        let mut client = config.connect(copy(&for_connections))?;
        let backend = backend(&mut client)?;
        Ok((client, backend))
    };
    let cancel = move |token: &CancelToken| Ok(token.cancel_query(copy(&for_cancel))?);
    let failed = |cause: Cause| match cause.error.downcast() {
        Ok(refused) => *refused,
        Err(error) => Error::database("connecting", Cause { error, ..cause }),
    };
    let (mut working, first) = connect().map_err(failed)?;
    let (watching, other) = connect().map_err(failed)?;
    let again = backend(&mut working).map_err(failed)?;
    let watch = Watch::new(first, &other, &again, can)?;
    let (connect, cancel) = (Arc::new(connect), Arc::new(cancel));
    let beside = Beside::new(&working, watching, connect, cancel, notices);
    Ok((watch, beside, working))
}

fn backend(client: &mut Client) -> Result<Backend, Cause> {
    let code = &mut Code::default();
    let mut session = Session::new(client, None, code);
    run(async {
        match own::backend(&mut session).await {
            Err(cause) if cause.is_answer() => {
                let product = Product::ask(&mut session).await;
                Err(product.map_or(cause, |product| Cause::new(product.refused())))
            }
            backend => backend,
        }
    })
}

fn copy<T: Clone>(shared: &Mutex<T>) -> T {
    shared
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

/// What the caller has not set: a connection that was cut without a word is otherwise noticed after hours.
fn keep_alive(config: &mut Config) {
    let (idle, interval, retries) = KEEPALIVE;
    let usual = Config::new();
    if config.get_keepalives() && config.get_keepalives_idle() == usual.get_keepalives_idle() {
        config.keepalives_idle(idle);
    }
    if config.get_keepalives_interval().is_none() {
        config.keepalives_interval(interval);
    }
    if config.get_keepalives_retries().is_none() {
        config.keepalives_retries(retries);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(idle + interval * retries);
    }
}

/// Refuses to block inside an async task, where the `postgres` crate would panic: its runtime
/// cannot start within another. tokio gives tasks a budget, and threads that may block none,
/// such as those of `spawn_blocking`.
pub(crate) fn refuse_async() -> Result<()> {
    let mut context = Context::from_waker(Waker::noop());
    let mut is_over = |_| {
        pin!(tokio::task::consume_budget())
            .poll(&mut context)
            .is_pending()
    };
    if !(0..=u8::MAX).any(&mut is_over) {
        return Ok(());
    }
    Err(Error::said(messages::inside_async()))
}
