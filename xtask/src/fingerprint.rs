//! `fingerprint`: one number for a whole schema, the same for every copy of it.

use pgstrata_compiler::source::SNAPSHOT_FILE;
use postgres::Client;
use serde_json::json;

use crate::connect::connect_and_keep;
use crate::context::Context;
use crate::failure::Failure;
use crate::flags::Fingerprint;
use crate::lookout::look_out;
use crate::schema::{History, Schema, View};
use crate::workspace;

/// Prints both, or one alone; writes the schema where that was asked for.
pub(crate) fn run(context: &Context, flags: &Fingerprint) -> Result<(), Failure> {
    let schema = read(context)?;
    let [exact, portable] = [View::Exact, View::Portable].map(|view| schema.fingerprint(view));
    if flags.json {
        let document = json!({
            "format": "pgstrata fingerprint 1",
            "postgres": schema.major(),
            "exact": exact,
            "portable": portable,
        });
        println!("{document}");
    } else if flags.exact {
        println!("{exact}");
    } else if flags.portable {
        println!("{portable}");
    } else {
        println!("exact     {exact}  PostgreSQL {}", schema.major());
        println!("portable  {portable}");
    }
    if flags.write {
        let beside = context.project.dir.join(SNAPSHOT_FILE);
        let file = flags.file.as_ref().unwrap_or(&beside);
        workspace::write_whole(file, &schema.to_json())?;
        eprintln!("wrote {}", file.display());
    }
    Ok(())
}

/// The schema of the database that the user means.
pub(crate) fn read(context: &Context) -> Result<Schema, Failure> {
    let (mut client, settings) = connect_and_keep(context)?;
    look_out(&mut client, &settings, |client| of(client, context))
}

/// The same on a connection that there is; it may have to wait for a lock.
pub(crate) fn of(client: &mut Client, context: &Context) -> Result<Schema, Failure> {
    Schema::read(client, &history(context)).map_err(|error| Failure::caused(&error))
}

pub(crate) fn history(context: &Context) -> History {
    History {
        schema: context.history.schema.clone(),
        table: context.history.table.clone(),
    }
}
