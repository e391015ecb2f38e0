//! `status`: where the database stands.

use comfy_table::{Table, presets};
use pgstrata::{Direction, Migrator, State, Status};
use pgstrata_compiler::Depth;

use crate::connect::connect;
use crate::failure::Failure;
use crate::flags::Common;
use crate::{embed, up, workspace};

/// Prints one line a migration; the exit code says the worst of it.
pub(crate) fn run(common: &Common) -> Result<(), Failure> {
    let compiled = workspace::checked(&common.dir, Depth::Certain)?;
    let mut client = connect(common)?;
    let all = embed::with_migrations(&compiled, |migrations| {
        let mut migrator = up::configured(Migrator::new(migrations), common);
        migrator.status(&mut client).map_err(|error| up::failure(&error, Direction::Up))
    })?;
    if !common.quiet {
        println!("{}", table(&all));
    }
    match all.iter().map(|status| exit_code(status.state)).max() {
        None | Some(0) => Ok(()),
        Some(code) => Err(Failure::status(code)),
    }
}

/// One row a migration.
pub(crate) fn table(all: &[Status]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["Migration", "State", "Applied at", "By"]);
    for Status { label, state, applied_at, applied_by, .. } in all {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        table.add_row([label.clone(), state.to_string(), text(applied_at), text(applied_by)]);
    }
    table
}

fn exit_code(state: State) -> u8 {
    match state {
        State::Pending => 6,
        State::Changed | State::Missing | State::OutOfOrder => 7,
        State::InProgress => 8,
        _ => 0,
    }
}
