//! `backup --prune`: removes old backups, and never the newest good one of a kind.

use std::path::Path;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use super::record::{PARTIAL, Record, all, beside};
use super::{Scope, confirm};
use crate::choice::Choice as _;
use crate::context::Context;
use crate::failure::Failure;
use crate::operating::backup::Options;

const DAY: i64 = 24 * 60 * 60;

pub(super) fn run(context: &Context, options: &Options, database: &str) -> Result<(), Failure> {
    let dir = &options.place.backup_dir;
    if options.keep.is_none() && options.keep_days.is_none() {
        return Err(Failure::configuration(
            "--prune needs --keep N, --keep-days N, or both",
        ));
    }
    let backups = all(dir, database)?;
    let old = old(&backups, options, Timestamp::now().as_second(), |record| {
        record.check(&dir.join(&record.file)).is_ok()
    });
    if !old.is_empty() {
        let names: Vec<&str> = old.iter().map(|record| &*record.file).collect();
        confirm(
            &format!("removes {}", names.join(", ")),
            "pass --yes to do this without being asked",
            options.yes,
        )?;
    }
    for record in &old {
        let path = dir.join(&record.file);
        for path in [path.clone(), beside(&path)] {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Failure::file("remove", &path, &error));
                }
                _ => {}
            }
        }
    }
    remove_partial(dir)?;
    if !context.quiet {
        println!(
            "{} backups of {database} removed, {} kept",
            old.len(),
            backups.len() - old.len()
        );
    }
    Ok(())
}

/// A backup goes when it is beyond the number to keep and older than the days to keep, of those
/// that were given; the newest good one of each scope stays.
fn old<'r>(
    backups: &'r [Record],
    options: &Options,
    now: i64,
    is_good: impl Fn(&Record) -> bool,
) -> Vec<&'r Record> {
    let stays: Vec<&str> = Scope::ALL
        .iter()
        .filter_map(|scope| {
            backups
                .iter()
                .rev()
                .find(|it| it.scope == *scope && is_good(it))
        })
        .map(|record| &*record.file)
        .collect();
    let newer = |at: usize| backups.len() - 1 - at;
    let is_beyond = |at: usize| options.keep.is_none_or(|keep| newer(at) >= keep);
    let is_older = |record: &Record| {
        let Some(days) = options.keep_days else {
            return true;
        };
        let made = record
            .at
            .parse::<Timestamp>()
            .map_or(now, Timestamp::as_second);
        now - made > i64::from(days) * DAY
    };
    let found = backups.iter().enumerate().filter(|(at, record)| {
        is_beyond(*at) && is_older(record) && !stays.contains(&&*record.file)
    });
    found.map(|(_, record)| record).collect()
}

/// What a run has left that was killed a day ago.
fn remove_partial(dir: &Path) -> Result<(), Failure> {
    let entries = std::fs::read_dir(dir).map_err(|error| Failure::file("read", dir, &error))?;
    for entry in entries.flatten() {
        let is_partial = entry.file_name().to_string_lossy().starts_with(PARTIAL);
        let modified = entry.metadata().and_then(|it| it.modified());
        let age = modified
            .ok()
            .and_then(|at| SystemTime::now().duration_since(at).ok());
        if is_partial && age.is_some_and(|age| age > Duration::from_secs(86_400)) {
            let path = entry.path();
            std::fs::remove_file(&path).map_err(|error| Failure::file("remove", &path, &error))?;
        }
    }
    Ok(())
}
