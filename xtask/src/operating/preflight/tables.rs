//! Tables that somebody else has to make before.

use std::collections::BTreeSet;

use postgres::{Client, Error};

use crate::catalog_session::with_the_path_of_the_session;
use crate::evidence::{CheckFinding, Evidence, Severity};
use crate::operating::preflight::Options;
use crate::pending::Pending;

pub(super) fn check(
    client: &mut Client,
    pending: &Pending<'_>,
    _: &Options,
) -> Result<Vec<CheckFinding>, Error> {
    let required = pending.migrations.iter().flat_map(|it| &it.up.tables);
    let names: BTreeSet<&str> = required.map(|table| &*table.written).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let rows = with_the_path_of_the_session(client, include_str!("tables.sql"), &[&names])?;
    let missing = rows.iter().map(|row| row.try_get::<_, String>(0));
    let missing = missing
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .map(|name| {
            let by = pending
                .migrations
                .iter()
                .find(|it| it.up.tables.iter().any(|t| t.written == name));
            let by = by.map(|migration| &*migration.label);
            CheckFinding::new(
                "tables",
                Severity::Error,
                format!("the table {name} is not there"),
            )
            .with([Evidence::new().and("table", &*name).and("required_by", by)])
            .advise("whoever makes it has to come first")
        });
    Ok(missing.collect())
}
