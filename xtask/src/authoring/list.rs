//! `list`: an inventory of the directory; with how long each took, where a database can be asked.

use pgstrata::Direction;

use crate::connect::{connect, is_named};
use crate::context::Context;
use crate::failure::{Failure, of_run};
use crate::history_tables::inspect;
use crate::inventory::{Inventory, took};
use crate::output::text::width;
use crate::workspace;

choices! {
    /// How an inventory is written.
    pub(crate) enum Format {
        /// As wide as the terminal.
        Table = "table",
        /// A table of a document.
        Markdown = "markdown",
        /// One document.
        Json = "json",
    }
}

/// Prints it.
pub(crate) fn run(context: &Context, format: Format) -> Result<(), Failure> {
    workspace::reading(context, workspace::Use::Look, |compiled, migrations| {
        let inventory = Inventory::on_path(migrations, &compiled.settings.search_path);
        show(context, format, inventory)
    })
}

fn show(context: &Context, format: Format, mut inventory: Inventory) -> Result<(), Failure> {
    if is_named(context) {
        let past = connect(context).and_then(|mut client| match inspect(&mut client, context) {
            Err(error) if error.is_refused() => Ok(Err(of_run(&error, Direction::Up))),
            Err(error) => Err(Failure::configuration(error)),
            Ok(_) => took(&mut client, context).map(Ok),
        });
        match past {
            Ok(past) => {
                if let Some(past) = past? {
                    inventory = inventory.with_past(past);
                }
            }
            // The files are what was asked for.
            Err(failure) => eprintln!("note: without durations: {failure}"),
        }
    }
    match format {
        Format::Table => print!("{}", inventory.text(width())),
        Format::Markdown => print!("{}", inventory.markdown()),
        Format::Json => print!("{}", inventory.json()),
    }
    Ok(())
}
