//! Whether there is room for tables that are rewritten.

use std::collections::BTreeMap;
use std::path::Path;

use pgstrata_compiler::locks::RowAccess;
use postgres::{Client, Error};

use crate::catalog_session::{CatalogSession, Names};
use crate::evidence::{CheckFinding, Evidence, Severity, bytes};
use crate::names::quoted;
use crate::operating::preflight::Options;
use crate::pending::Pending;

const CHECK: &str = "disk";

/// The new table stands beside the old one until the migration commits, and what is written
/// goes to the write-ahead log as well.
const COPIES: i64 = 2;

/// What is rewritten in one folder of the server.
struct Volume {
    /// `None` where this user may not know.
    folder: Option<String>,
    /// By migration, as the old files go when it commits.
    rewritten: BTreeMap<u64, i64>,
    evidence: Vec<Evidence>,
}

pub(super) fn check(
    client: &mut Client,
    pending: &Pending<'_>,
    options: &Options,
) -> Result<Vec<CheckFinding>, Error> {
    let rewritten = pending.locks.iter().flat_map(|(version, locks)| {
        let tables = locks.iter().flat_map(|locks| &locks.tables);
        let rewritten = tables.filter(|lock| lock.work == RowAccess::Rewrite);
        rewritten.map(|lock| {
            (
                i64::try_from(*version).unwrap_or(i64::MAX),
                quoted(&lock.table),
            )
        })
    });
    let (versions, names): (Vec<i64>, Vec<String>) = rewritten.unzip();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let rows =
        CatalogSession::open(client)?.rows(include_str!("disk.sql"), &[&versions, &names])?;
    let tables = rows
        .iter()
        .map(|row| row.try_get(1))
        .collect::<Result<Vec<u32>, _>>()?;
    let names = Names::of(client, &tables)?;
    let rewritten = rows.iter().map(|row| {
        let (version, table): (i64, u32) = (row.try_get(0)?, row.try_get(1)?);
        Ok((
            version,
            names.placed(table),
            row.try_get(2)?,
            row.try_get(3)?,
        ))
    });
    let mut rewritten = rewritten.collect::<Result<Vec<_>, Error>>()?;
    rewritten.sort();
    let mut places: BTreeMap<Option<String>, Volume> = BTreeMap::new();
    for (version, (_, table), size, folder) in rewritten {
        let (size, folder): (i64, Option<String>) = (size, folder);
        let place = places.entry(folder.clone()).or_insert_with(|| Volume {
            folder,
            rewritten: BTreeMap::new(),
            evidence: Vec::new(),
        });
        *place.rewritten.entry(version.unsigned_abs()).or_default() += size;
        place
            .evidence
            .push(Evidence::new().and("table", table).and("bytes", size));
    }
    // On a socket the server is on this host; any other address may lead anywhere.
    let is_here = CatalogSession::open(client)?
        .row(include_str!("here.sql"), &[])?
        .try_get(0)?;
    Ok(places
        .into_values()
        .filter_map(|place| finding(place, is_here, options))
        .collect())
}

fn finding(place: Volume, is_here: bool, options: &Options) -> Option<CheckFinding> {
    let largest = place.rewritten.values().copied().max().unwrap_or_default();
    let needed = largest.saturating_mul(COPIES);
    let seen = place.folder.as_deref().filter(|_| is_here).and_then(free);
    let free = options.free_disk.or(seen);
    let mut evidence = place.evidence;
    evidence.push(
        Evidence::new()
            .and("needed", needed)
            .and("free", free)
            .and("folder", place.folder),
    );
    let (severity, message) = match free {
        Some(free) if free < needed => (
            Severity::Error,
            format!(
                "rewriting tables needs {} of disk, and {} are free",
                bytes(needed),
                bytes(free)
            ),
        ),
        Some(_) => return None,
        None => (
            Severity::Warning,
            format!(
                "rewriting tables needs {} of disk; how much is free is unknown",
                bytes(needed)
            ),
        ),
    };
    let advice = "look at the server's disk (df), and say it with --free-disk BYTES; make room, or \
         avoid the rewrite (`cargo pgstrata plan` shows the statement)";
    Some(
        CheckFinding::new(CHECK, severity, message)
            .with(evidence)
            .advise(advice),
    )
}

/// What the file system of a folder has left for others than root.
fn free(folder: &str) -> Option<i64> {
    let found = rustix::fs::statvfs(Path::new(folder)).ok()?;
    i64::try_from(found.f_bavail.saturating_mul(found.f_frsize)).ok()
}
