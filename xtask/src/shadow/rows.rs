//! Rows for the tables that are there, so that later migrations have something to lose.

use pgstrata_compiler::cursor::Name;
use postgres::{Error, GenericClient};

use crate::catalog_session::CatalogSession;

/// Tables that refer to each other are filled in rounds.
const ROUNDS: usize = 5;

/// Fills empty tables, but not those of `except` nor of the schema `history`, with `rows` each; one whose constraints these
/// rows do not satisfy stays empty.
pub(super) fn fill(
    client: &mut impl GenericClient,
    rows: u32,
    except: &[&Name],
    history: &str,
) -> Result<(), Error> {
    let schemas: Vec<&str> = except.iter().map(|table| &*table.schema).collect();
    let names: Vec<&str> = except.iter().map(|table| &*table.name).collect();
    let count = i32::try_from(rows).unwrap_or(i32::MAX);
    for _ in 0..ROUNDS {
        let statements = CatalogSession::open(client)?.rows(
            include_str!("rows.sql"),
            &[&count, &history, &schemas, &names],
        )?;
        let mut filled = false;
        for row in statements {
            let statement: String = row.try_get(0)?;
            let mut attempt = client.transaction()?;
            if attempt.batch_execute(&statement).is_ok() {
                attempt.commit()?;
                filled = true;
            }
        }
        if !filled {
            break;
        }
    }
    Ok(())
}
