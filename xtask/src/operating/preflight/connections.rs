//! Whether there are connections left for the run.

use postgres::{Client, Error};

use crate::catalog_session::CatalogSession;
use crate::evidence::{CheckFinding, Evidence, Severity};
use crate::operating::preflight::Options;
use crate::pending::Pending;

const CHECK: &str = "connections";

/// A run has one that works and one that watches; this one goes before.
const NEEDED: i64 = 2;

/// Below so many hundredths of the limit it is getting tight.
const TIGHT: i64 = 10;

pub(super) fn check(
    client: &mut Client,
    _: &Pending<'_>,
    _: &Options,
) -> Result<Vec<CheckFinding>, Error> {
    let mut findings = Vec::new();
    for row in CatalogSession::open(client)?.rows(include_str!("connections.sql"), &[])? {
        let (limit, most, used): (String, i64, i64) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        // Our own ends before the run begins.
        let free = most - used + 1;
        let evidence = Evidence::new().and("limit", most).and("used", used);
        let (severity, message) = if free < NEEDED {
            (
                Severity::Error,
                format!("of {most} connections of {limit} {used} are taken"),
            )
        } else if free * 100 < most * TIGHT {
            (
                Severity::Warning,
                format!("{free} of {most} connections of {limit} are left"),
            )
        } else {
            continue;
        };
        findings.push(
            CheckFinding::new(CHECK, severity, message)
                .with([evidence])
                .advise(
                    "end what is idle (SELECT pid, usename, application_name, state FROM \
             pg_stat_activity), make pools smaller, or raise the limit",
                ),
        );
    }
    Ok(findings)
}
