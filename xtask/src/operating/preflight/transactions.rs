//! Transactions that the run would wait for, and everybody else behind the run.

use pgstrata_compiler::locks::LockMode;
use postgres::{Client, Error, Row};

use crate::catalog_session::CatalogSession;
use crate::evidence::{CheckFinding, Evidence, Severity, seconds, whole_seconds};
use crate::names::quoted;
use crate::operating::preflight::Options;
use crate::pending::locked::mode;
use crate::pending::{Pending, conflict};

const CHECK: &str = "transactions";

/// A session that is in a transaction, or holds a lock on a table that will be changed.
struct Session {
    /// A prepared transaction has none.
    pid: Option<i32>,
    user: Option<String>,
    application: Option<String>,
    state: Option<String>,
    age: Option<f64>,
    query: Option<String>,
    /// The locks that it holds on tables about to change: which table, which mode.
    held: Vec<(usize, LockMode)>,
}

pub(super) fn check(
    client: &mut Client,
    pending: &Pending<'_>,
    options: &Options,
) -> Result<Vec<CheckFinding>, Error> {
    let tables = pending.tables();
    let names: Vec<String> = tables.iter().map(|(name, ..)| quoted(name)).collect();
    let rows = CatalogSession::open(client)?.rows(
        include_str!("transactions.sql"),
        &[&names, &options.clock_ahead],
    )?;
    let sessions = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let mut findings = Vec::new();
    for session in &sessions {
        let in_the_way: Vec<&str> = session
            .held
            .iter()
            .filter_map(|(table, held)| tables.get(*table).map(|table| (table, held)))
            .filter(|((_, wanted, _), held)| conflict(*wanted, **held))
            .map(|((name, ..), _)| &*name.name)
            .collect();
        findings.extend(finding(session, &in_the_way, pending, options));
    }
    if !CatalogSession::open(client)?
        .row(include_str!("sees_others.sql"), &[])?
        .try_get::<_, bool>(0)?
    {
        let message = "what sessions of other users are doing is hidden from this user";
        let finding = CheckFinding::new(CHECK, Severity::Note, message);
        findings.push(finding.advise("to see it, as a superuser: GRANT pg_read_all_stats TO …"));
    }
    Ok(findings)
}

fn finding(
    session: &Session,
    in_the_way: &[&str],
    pending: &Pending<'_>,
    options: &Options,
) -> Option<CheckFinding> {
    let is_idle = session
        .state
        .as_deref()
        .is_some_and(|it| it.starts_with("idle in transaction"));
    let is_long = session
        .age
        .is_some_and(|age| age >= options.long_transaction);
    let age = session.age.map(seconds).unwrap_or_default();
    let (severity, message) = if !in_the_way.is_empty() && (is_idle || is_long) {
        let what = if is_idle {
            "a session is idle in a transaction"
        } else {
            "a transaction is open"
        };
        let tables = in_the_way.join(", ");
        (
            Severity::Error,
            format!("{what} for {age} and holds a lock on {tables}, for which the run would wait"),
        )
    } else if is_long && pending.is_concurrent() {
        let message = "and CONCURRENTLY waits for every older one";
        (
            Severity::Error,
            format!("a transaction is open for {age}, {message}"),
        )
    } else if is_idle && !session.held.is_empty() {
        let message = format!(
            "a session is idle in a transaction for {age}, with locks on tables that will be changed"
        );
        (Severity::Warning, message)
    } else if is_long {
        (
            Severity::Warning,
            format!("a transaction is open for {age}"),
        )
    } else {
        return None;
    };
    let advice = match session.pid {
        Some(pid) => format!("wait for it, or end it: SELECT pg_terminate_backend({pid});"),
        None => {
            let gid = session.query.as_deref().unwrap_or_default();
            let gid = gid.replace('\'', "''");
            format!(
                "it was prepared for two-phase commit, and only this ends it: COMMIT PREPARED '{gid}'; \
                 or ROLLBACK PREPARED '{gid}';"
            )
        }
    };
    Some(
        CheckFinding::new(CHECK, severity, message)
            .with([evidence(session)])
            .advise(advice),
    )
}

fn evidence(session: &Session) -> Evidence {
    Evidence::new()
        .and("pid", session.pid)
        .and(
            "gid",
            session.query.clone().filter(|_| session.pid.is_none()),
        )
        .and("user", session.user.clone())
        .and("application", session.application.clone())
        .and("state", session.state.clone())
        .and("seconds", session.age.map(whole_seconds))
        .and(
            "query",
            session.query.clone().filter(|_| session.pid.is_some()),
        )
}

fn read(row: &Row) -> Result<Session, Error> {
    let (tables, modes): (Vec<i64>, Vec<String>) = (row.try_get(6)?, row.try_get(7)?);
    let held = tables.into_iter().zip(modes).filter_map(|(table, name)| {
        // The server counts from 1.
        Some((usize::try_from(table - 1).ok()?, mode(&name)?))
    });
    Ok(Session {
        pid: row.try_get(0)?,
        user: row.try_get(1)?,
        application: row.try_get(2)?,
        state: row.try_get(3)?,
        age: row.try_get(4)?,
        query: row.try_get(5)?,
        held: held.collect(),
    })
}
