//! What the history tells: what is interrupted, what has changed, and what took long.

use pgstrata::{Direction, Event, Migrations, State, Status};
use postgres::{Client, Error};

use crate::context::Context;
use crate::evidence::{CheckFinding, Evidence, Severity, kind, seconds};
use crate::failure::{Failure, of_run};
use crate::history_tables::{self, Hidden, Read, Table};
use crate::inventory;

/// Whether a migration has run to its end.
pub(super) fn is_applied(state: State) -> bool {
    !matches!(
        state,
        State::Pending | State::Held | State::OutOfOrder | State::Interrupted
    )
}

/// What should not be at the end of a run; `on_the_way_back` are interrupted ones.
pub(super) fn of_status(all: &[Status], on_the_way_back: &[u64]) -> Vec<CheckFinding> {
    let way_on = if on_the_way_back.is_empty() {
        "`cargo pgstrata up` goes on there, or says what to do"
    } else {
        "`cargo pgstrata down` goes on with the way back, or says what to do"
    };
    let kinds: [(State, Severity, &str, &str); 6] = [
        (State::Interrupted, Severity::Error, "interrupted", way_on),
        (
            State::OutOfOrder,
            Severity::Error,
            "not applied, although newer ones are",
            "`cargo pgstrata up --only VERSION` applies one alone",
        ),
        (
            State::Missing,
            Severity::Error,
            "applied, and not in this directory",
            "take the directory that the database was migrated with",
        ),
        (
            State::Changed,
            Severity::Warning,
            "applied, and changed since",
            "put the file back, or `cargo pgstrata repair VERSION` after a review",
        ),
        (State::Pending, Severity::Note, "pending", ""),
        (State::Held, Severity::Note, "held for a later release", ""),
    ];
    let findings = kinds
        .into_iter()
        .filter_map(|(state, severity, words, advice)| {
            let of_state = all.iter().filter(|status| status.state == state);
            let labels: Vec<Evidence> = of_state
                .map(|status| Evidence::new().and(kind(status.version), status.label.clone()))
                .collect();
            let message = format!("{words}: {}", labels.len());
            (!labels.is_empty()).then(|| {
                CheckFinding::new("history", severity, message)
                    .with(labels)
                    .advise(advice)
            })
        });
    findings.collect()
}

/// The versions that were interrupted on their way back.
pub(super) fn on_the_way_back(
    client: &mut Client,
    context: &Context,
    all: &[Status],
) -> Result<Vec<u64>, Failure> {
    let interrupted = all
        .iter()
        .filter(|status| status.state == State::Interrupted);
    let mut found = Vec::new();
    for version in interrupted.filter_map(|status| status.version) {
        let record = inventory::record(client, context, version)?;
        if record.is_some_and(|record| record.state == "rolling back") {
            found.push(version);
        }
    }
    Ok(found)
}

/// Runs the verify scripts.
pub(super) fn verified(
    client: &mut Client,
    context: &Context,
    migrations: &Migrations<'_>,
) -> Result<Vec<CheckFinding>, Failure> {
    let mut failed = Vec::new();
    let mut observe = |event: &Event<'_>| {
        if let Event::Failed { step, error } = event {
            let message = error
                .database_error()
                .map_or_else(|| error.to_string(), |it| it.message().to_owned());
            failed.push(
                Evidence::new()
                    .and("script", step.label.clone())
                    .and("says", message),
            );
        }
    };
    let migrator = context.migrator(migrations);
    let result = migrator.observe(&mut observe).verify(client);
    match result {
        Err(error) if failed.is_empty() && !error.is_refused() => {
            Err(of_run(&error, Direction::Up))
        }
        _ if failed.is_empty() => Ok(Vec::new()),
        _ => {
            let message = format!("{} verify scripts fail", failed.len());
            let advice = "`cargo pgstrata verify` shows where";
            Ok(vec![
                CheckFinding::new("verify", Severity::Error, message)
                    .with(failed)
                    .advise(advice),
            ])
        }
    }
}

/// What is applied and took longer than so many seconds.
pub(super) fn slow(
    client: &mut Client,
    context: &Context,
    limit: u64,
) -> Result<Vec<CheckFinding>, Failure> {
    let query = context.history.fill(include_str!("slow.sql"));
    let tables = [Table::History, Table::Events];
    let found = history_tables::read(client, context, &tables, |own| {
        #[expect(clippy::cast_precision_loss, reason = "seconds")]
        let rows = own.rows(&*query, &[&(limit as f64)])?;
        let evidence = rows.iter().map(|row| {
            let (label, took): (String, f64) = (row.try_get(0)?, row.try_get(1)?);
            let version: Option<i64> = row.try_get(2)?;
            Ok(Evidence::new()
                .and(kind(version), label)
                .and("took", seconds(took)))
        });
        evidence.collect::<Result<Vec<_>, Error>>()
    })?;
    let found = match found {
        Read::Done(found) => found,
        Read::Missing => Vec::new(),
        Read::Hidden(Hidden { why, grant }) => {
            let message = format!("how long each took is not known: {why}");
            return Ok(vec![
                CheckFinding::new("duration", Severity::Warning, message).advise(grant),
            ]);
        }
    };
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let message = format!("took longer than {limit} s: {}", found.len());
    let advice = "`cargo pgstrata trace` shows which statement; cut data changes into batches";
    Ok(vec![
        CheckFinding::new("duration", Severity::Warning, message)
            .with(found)
            .advise(advice),
    ])
}
