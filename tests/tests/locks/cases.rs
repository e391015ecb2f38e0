//! Statements on schemas of their own: what the checks of a table prove, and what kinds of tables
//! there are.

use std::fmt::Write as _;

use postgres::Client;

use super::{catalog, fits, forecast, shown, taken};

const CASES: &str = include_str!("cases.sql");

/// Above `-- then:` the schema, below it the statement; `-- or:` begins the next case, and
/// `-- since 18` says of which servers it is.
pub(crate) fn compare(client: &mut Client, version: u32) {
    let mut wrong = String::new();
    for case in CASES.split("-- or:\n") {
        if version < 18 && case.contains("-- since 18\n") {
            continue;
        }
        let (schema, rest) = case.split_once("-- then:\n").expect("a statement");
        let sql = rest.trim().trim_end_matches(';');
        client
            .batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            .expect("an empty schema");
        client
            .batch_execute(schema)
            .unwrap_or_else(|error| panic!("{error:?}: {schema}"));
        let forecast = forecast(&catalog(schema), sql);
        match taken(client, sql) {
            // The lock of the partition is another one there.
            Ok(_) if version < 14 && sql.contains("DETACH PARTITION") => {}
            Ok(taken) if fits(&forecast, &taken) => {}
            other => {
                let forecast = shown(&forecast);
                let _ = write!(
                    wrong,
                    "\n{schema}{sql}\n  forecast {forecast:?}\n  taken    {other:?}"
                );
            }
        }
    }
    assert!(wrong.is_empty(), "PostgreSQL {version}:{wrong}");
}
