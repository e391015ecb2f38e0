//! `status`: where the database stands.

use comfy_table::{ContentArrangement, Table, presets};
use pgstrata::{Direction, State, Status};
use serde_json::json;

use crate::connect::connect;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, of_run};
use crate::history_tables;
use crate::inventory::broken;
use crate::output::text::width;
use crate::workspace;

/// How much of a label stands on one line.
const LABEL: usize = 36;

/// Prints one line a migration; the exit code says the worst of it.
pub(crate) fn run(context: &Context, json: bool) -> Result<(), Failure> {
    workspace::reading(context, workspace::Use::Look, |_, migrations| {
        let mut client = connect(context)?;
        let mut migrator = context.migrator(migrations);
        let all = migrator
            .status(&mut client)
            .map_err(|error| of_run(&error, Direction::Up))?;
        let is_pending = |label: &str| {
            let mut pending = all.iter().filter(|it| it.state == State::Pending);
            pending.any(|it| it.label == label)
        };
        history_tables::note_hidden(&mut client, context, migrations, is_pending)?;
        if json {
            print!("{}", status_json(&all));
        } else if !context.quiet {
            println!("{}\n{}", table(&all), summary(&all));
        }
        match exit(&all) {
            Exit::Success => Ok(()),
            exit => Err(Failure::status(exit)),
        }
    })
}

/// What `Migrator::status` says, as one document with the format `pgstrata status 1`.
///
/// ```
/// assert!(pgstrata_tools::status_json(&[]).contains("\"code\": 0"));
/// ```
pub fn status_json(all: &[Status]) -> String {
    let migrations = all.iter().map(|status| {
        json!({
            "version": status.version,
            "label": status.label,
            "state": status.state.to_string(),
            "applied_at": status.applied_at,
            "applied_by": status.applied_by,
        })
    });
    let document = json!({
        "format": "pgstrata status 1",
        "code": exit(all) as u8,
        "migrations": migrations.collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

/// The worst of it.
fn exit(all: &[Status]) -> Exit {
    let exits = all.iter().map(|status| exit_of(status.state));
    exits.max().unwrap_or(Exit::Success)
}

/// How many of each.
fn summary(all: &[Status]) -> String {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for status in all {
        let state = status.state.to_string();
        match counts.iter_mut().find(|(known, _)| *known == state) {
            Some((_, count)) => *count += 1,
            None => counts.push((state, 1)),
        }
    }
    let counts = counts
        .iter()
        .map(|(state, count)| format!("{count} {state}"));
    let counts = counts.collect::<Vec<_>>().join(", ");
    if counts.is_empty() {
        "no migrations".to_owned()
    } else {
        counts
    }
}

/// One row a migration.
pub(crate) fn table(all: &[Status]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_header(["Migration", "State", "Applied at", "By"]);
    let width = u16::try_from(width()).unwrap_or(u16::MAX);
    table
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width);
    for Status {
        label,
        state,
        applied_at,
        applied_by,
        ..
    } in all
    {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        table.add_row([
            broken(label, LABEL),
            state.to_string(),
            text(applied_at),
            text(applied_by),
        ]);
    }
    table
}

fn exit_of(state: State) -> Exit {
    match state {
        State::Pending => Exit::Pending,
        State::Changed | State::Missing | State::OutOfOrder => Exit::Changed,
        State::Interrupted => Exit::Interrupted,
        _ => Exit::Success,
    }
}
