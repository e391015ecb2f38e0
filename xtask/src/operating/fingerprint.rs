//! `fingerprint`: one number for a whole schema, the same for every copy of it.

use std::path::PathBuf;

use pgstrata_compiler::source::SNAPSHOT_FILE;
use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::schema::View;
use crate::schema::read::read;
use crate::workspace;

/// What may be asked of it.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each may be wanted or not")]
pub(crate) struct Options {
    /// Only the one that is equal on servers of one major version.
    pub(crate) exact: bool,
    /// Only the one that is equal on PostgreSQL 13 to 18; it does not see expressions.
    pub(crate) portable: bool,
    /// Print both as JSON.
    pub(crate) json: bool,
    /// Also write the schema to schema.snapshot.json beside the migrations, so that
    /// `drift --against` needs no second server.
    pub(crate) write: bool,
    /// Write it to this file instead.
    pub(crate) file: Option<PathBuf>,
}

/// Prints both, or one alone; writes the schema where that was asked for.
pub(crate) fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    let schema = read(context)?;
    let [exact, portable] = [View::Exact, View::Portable].map(|view| schema.fingerprint(view));
    if options.json {
        let document = json!({
            "format": "pgstrata fingerprint 1",
            "postgres": schema.major(),
            "exact": exact,
            "portable": portable,
        });
        println!("{document}");
    } else if options.exact {
        println!("{exact}");
    } else if options.portable {
        println!("{portable}");
    } else {
        println!("exact     {exact}  PostgreSQL {}", schema.major());
        println!("portable  {portable}");
    }
    if options.write {
        let beside = context.project.dir.join(SNAPSHOT_FILE);
        let file = options.file.as_ref().unwrap_or(&beside);
        workspace::write_whole(file, &schema.to_json())?;
        eprintln!("wrote {}", file.display());
    }
    Ok(())
}
