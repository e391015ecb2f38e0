//! The commands over the list that a service embeds, as its own binary offers them: behind a word
//! of its own, without files, and with the service's Rust code.

use std::error::Error;
use std::process::ExitCode;

use pgstrata_tools::{BackupRequest, main_for_with_backup};
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

/// A backup of the service's own.
#[expect(clippy::unnecessary_wraps, reason = "a backup may fail")]
fn keep(request: &BackupRequest<'_>) -> Result<(), String> {
    println!("the service keeps {}", request.tables.join(", "));
    Ok(())
}

fn keep_nothing(_: &BackupRequest<'_>) -> Result<(), String> {
    Err("the store is away".to_owned())
}

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_default();
    let word = arguments.next().unwrap_or_default();
    // As people type it.
    let mut typed = name;
    typed.push(" ");
    typed.push(&word);
    let rest = [typed].into_iter().chain(arguments);
    match word.to_str() {
        Some("migrations") => pgstrata_tools::main_for(&schema::MIGRATIONS, rest),
        Some("kept") => main_for_with_backup(&schema::MIGRATIONS, keep, rest),
        Some("unkept") => main_for_with_backup(&schema::MIGRATIONS, keep_nothing, rest),
        _ => {
            println!("a service would start now");
            ExitCode::SUCCESS
        }
    }
}
