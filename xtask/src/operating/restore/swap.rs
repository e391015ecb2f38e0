//! One database in the place of another one.

use postgres::Client;

use crate::catalog_session::CatalogSession;
use crate::connect::Settings;
use crate::failure::{Failure, with_causes};
use crate::names::identifier;

/// The name under which the old one stays.
fn kept(old: &str) -> String {
    format!("{old}_before_restore")
}

/// What a person would run, connected to another database.
pub(super) fn sql(old: &str, new: &str) -> String {
    format!(
        "  ALTER DATABASE {} RENAME TO {};\n  ALTER DATABASE {} RENAME TO {};",
        identifier(old),
        identifier(&kept(old)),
        identifier(new),
        identifier(old)
    )
}

/// Keeps everybody out, ends who is there, and renames both; what was done.
pub(super) fn swap(settings: &Settings, old: &str, new: &str) -> Result<String, Failure> {
    let mut config = settings.config.clone();
    // A database to which somebody is connected cannot be renamed.
    config.dbname(if old == "postgres" {
        "template1"
    } else {
        "postgres"
    });
    let mut client = config
        .connect(settings.tls.clone())
        .map_err(|error| failed(&error, "connecting"))?;
    let connections = |client: &mut Client, name: &str, word: &str| {
        client.batch_execute(&format!(
            "ALTER DATABASE {} ALLOW_CONNECTIONS {word}",
            identifier(name)
        ))
    };
    connections(&mut client, old, "false")
        .map_err(|error| failed(&error, "keeping everybody out"))?;
    let ended = CatalogSession::open(&mut client)
        .and_then(|mut own| own.rows(include_str!("end.sql"), &[&[old, new].as_slice()]));
    let renamed = ended.map(drop).and_then(|()| {
        let mut transaction = client.transaction()?;
        transaction.batch_execute(&sql(old, new))?;
        transaction.commit()
    });
    if let Err(error) = renamed {
        // It is as it was.
        let _ = connections(&mut client, old, "true");
        return Err(failed(&error, "renaming").and("nothing was renamed; both databases are there"));
    }
    Ok(format!(
        "{new} is {old} now; the one before it is {}, closed for connections",
        kept(old)
    ))
}

fn failed(error: &postgres::Error, doing: &str) -> Failure {
    Failure::configuration(format!("{doing}: {}", with_causes(error)))
}
