//! The commands over the list that a service embeds, as its own binary offers them: behind a word
//! of its own, without files, and with the service's Rust code.

use std::error::Error;
use std::process::ExitCode;

use postgres::Transaction;

mod schema {
    pgstrata::embed_migrations!("fixtures/service");
}

/// A migration's code.
pub(crate) fn fold_addresses(
    transaction: &mut Transaction<'_>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    Ok(transaction.batch_execute("UPDATE account SET folded = lower(email)")?)
}

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_default();
    match arguments.next() {
        Some(word) if word == "migrations" => {
            pgstrata_tools::main_for(&schema::MIGRATIONS, [name].into_iter().chain(arguments))
        }
        _ => {
            println!("a service would start now");
            ExitCode::SUCCESS
        }
    }
}
