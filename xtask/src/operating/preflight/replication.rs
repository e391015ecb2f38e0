//! Standbys that are behind, and slots that hold back the write-ahead log.

use postgres::{Client, Error};

use crate::catalog_session::CatalogSession;
use crate::evidence::{CheckFinding, Evidence, Severity, bytes};
use crate::operating::preflight::Options;
use crate::pending::Pending;

const CHECK: &str = "replication";

/// A standby that is further behind is told of: four segments of the write-ahead log.
const BEHIND: i64 = 64 * 1024 * 1024;

/// A slot that holds back so many transactions is told of.
const OLD: i64 = 100_000;

pub(super) fn check(
    client: &mut Client,
    _: &Pending<'_>,
    _: &Options,
) -> Result<Vec<CheckFinding>, Error> {
    let mut findings = Vec::new();
    for row in CatalogSession::open(client)?.rows(include_str!("replication.sql"), &[])? {
        let (what, name): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let (lag, state): (Option<i64>, Option<String>) = (row.try_get(2)?, row.try_get(3)?);
        let evidence = Evidence::new()
            .and("name", &*name)
            .and(
                if what == "old rows" {
                    "transactions"
                } else {
                    "bytes"
                },
                lag,
            )
            .and("state", state);
        let behind = lag.unwrap_or_default();
        let (severity, message, advice) = match &*what {
            "nobody confirms" => (
                Severity::Error,
                format!("commits wait for a synchronous standby ({name}), and none is there"),
                "start the standby, or change synchronous_standby_names: no migration would end",
            ),
            "standby" if behind > BEHIND => (
                Severity::Warning,
                format!("the standby {name} is {} behind", bytes(behind)),
                "wait until it has caught up: a rewrite adds all of its table to that",
            ),
            "old rows" if behind > OLD => (
                Severity::Warning,
                format!(
                    "the slot {name} needs rows of {behind} transactions ago, which no vacuum removes"
                ),
                "let its reader catch up, or drop it (pg_drop_replication_slot): what the run rewrites \
                 or updates stays as dead rows",
            ),
            "slot" => (
                Severity::Warning,
                format!(
                    "nobody reads the slot {name}, which holds back {}",
                    bytes(behind)
                ),
                "start its reader, or drop it (pg_drop_replication_slot): what the run writes stays, too",
            ),
            _ => continue,
        };
        findings.push(
            CheckFinding::new(CHECK, severity, message)
                .with([evidence])
                .advise(advice),
        );
    }
    Ok(findings)
}
