//! The course of a rehearsal on one server: each migration in its turn, then all together.

use std::time::{Duration, Instant};

use pgstrata::embedded::Migration;

use super::finding::{Moment, RehearsalFinding, What};
use super::format::Printer;
use super::seed::Sowing;
use super::timings::{Recorded, is_much_longer};
use super::{Rehearsal, Scripts, Step, full_round_trip, round_trip};
use crate::checking::rehearse::Options;
use crate::cluster::Cluster;
use crate::failure::Failure;
use crate::schema::snapshot::Snapshot;
use crate::shadow::ShadowDatabase;
use crate::shadow::before;
use crate::shadow::start::split;

/// Where the rows come from that migrations may lose.
struct Rows<'m> {
    seed: Option<Sowing<'m>>,
    generated: u32,
}

pub(super) fn run<'m>(
    cluster: &Cluster,
    scripts: &Scripts<'m>,
    options: &Options,
    recorded: Option<&Recorded>,
    printer: &mut Printer,
) -> Result<Rehearsal<'m>, Failure> {
    let begin = Instant::now();
    let migrations = scripts.migrations;
    let (mut shadow, (applied, tried)) = if let Some(backup) = scripts.backup {
        let mut shadow = backup.restore(cluster)?;
        let pending = shadow.pending(migrations)?;
        let applied = |it: &Migration<'_>| !pending.contains(&it.version);
        (shadow, migrations.iter().partition(applied))
    } else {
        (
            ShadowDatabase::open(cluster, scripts.prelude, &scripts.search_path)?,
            split(migrations, options.from)?,
        )
    };
    let mut chain = shadow.copy()?;
    let roles = chain.roles()?;
    // Somebody's data needs no samples.
    let seed = scripts.seed.filter(|_| scripts.backup.is_none());
    let mut rows = Rows {
        seed: Sowing::new(seed),
        generated: options.rows,
    };
    // Below this one there is no way down.
    let mut floor = applied.last().map(|migration| migration.version);
    if scripts.seed.is_some() && scripts.backup.is_none() {
        for migration in &applied {
            shadow
                .up(migrations, migration.version)
                .map_err(Failure::migration)?;
            rows.seed(&mut shadow)?;
        }
    } else if let Some(version) = floor {
        shadow.up(migrations, version).map_err(Failure::migration)?;
    }
    rows.supply(&mut shadow)?;
    let mut before = shadow.snapshot()?;
    let mut ground = before.clone();
    let mut steps = Vec::new();
    let mut whole = Vec::new();
    let mut is_complete = true;
    printer.begin(tried.len(), cluster.server_version());
    if scripts.backup.is_some() {
        printer.restored(applied.len(), tried.len());
    }
    for migration in &tried {
        let (step, after) = step(
            &mut shadow,
            scripts,
            migration,
            &before,
            (options, recorded),
        )?;
        printer.step(&step);
        steps.push(step);
        // Behind a migration that cannot be applied there is nothing to see.
        let Some(after) = after else {
            is_complete = false;
            break;
        };
        before = if rows.supply(&mut shadow)? {
            shadow.snapshot()?
        } else {
            after
        };
        if migration.irreversible.is_some() {
            (floor, ground) = (Some(migration.version), before.clone());
        }
    }
    if is_complete {
        whole.extend(rows.findings());
    }
    let is_clean = |step: &Step<'_>| step.findings.iter().all(RehearsalFinding::is_harmless);
    if steps.iter().all(is_clean) {
        let repeated = full_round_trip::repeatables(&mut shadow, migrations)?;
        // All migrations make the same roles again, on the same server.
        shadow.discard()?;
        chain.restore_roles(&roles)?;
        whole.extend(full_round_trip::down_and_up(
            &mut chain, migrations, floor, &ground, &before,
        )?);
        whole.extend(repeated);
    }
    let server = cluster.server_version().to_owned();
    Ok(Rehearsal {
        server,
        rows: options.rows,
        steps,
        whole,
        duration: begin.elapsed(),
    })
}

impl Rows<'_> {
    /// Loads what is written down and fills what is empty; whether it tried.
    fn supply(&mut self, shadow: &mut ShadowDatabase<'_>) -> Result<bool, Failure> {
        let awaits = self.seed.as_ref().is_some_and(Sowing::awaits);
        self.seed(shadow)?;
        if self.generated > 0 {
            let awaited = self.seed.as_ref().map(Sowing::tables).unwrap_or_default();
            shadow.fill_all_but(&awaited, self.generated)?;
        }
        Ok(awaits || self.generated > 0)
    }

    fn seed(&mut self, shadow: &mut ShadowDatabase<'_>) -> Result<(), Failure> {
        self.seed.as_mut().map_or(Ok(()), |seed| seed.sow(shadow))
    }

    /// What was never loaded.
    fn findings(&self) -> Vec<RehearsalFinding> {
        self.seed.as_ref().map(Sowing::findings).unwrap_or_default()
    }
}

/// Applies one, tests it, and tries it down and up again; also what the database holds then,
/// unless it cannot be applied.
fn step<'m>(
    shadow: &mut ShadowDatabase<'_>,
    scripts: &Scripts<'m>,
    migration: &Migration<'m>,
    before: &Snapshot,
    (options, recorded): (&Options, Option<&Recorded>),
) -> Result<(Step<'m>, Option<Snapshot>), Failure> {
    let mut step = Step {
        migration: *migration,
        duration: None,
        recorded: None,
        tests: 0,
        findings: Vec::new(),
    };
    let code = migration
        .up
        .code
        .map(|code| What::LeavesOut(code.path.to_owned()));
    step.findings.extend(code.map(|what| RehearsalFinding {
        moment: Moment::Up,
        what,
    }));
    // Somebody's data has its own.
    let blocked = match scripts.backup {
        Some(_) => None,
        None => {
            before::stands_in_the_way(shadow, scripts.migrations, &scripts.required, migration)?
        }
    };
    match shadow.up(scripts.migrations, migration.version) {
        Ok(duration) => {
            step.duration = duration;
            step.findings.extend(blocked.map(|text| RehearsalFinding {
                moment: Moment::Up,
                what: What::IsBlocked(text),
            }));
            let limit = Duration::from_secs(options.slow);
            let slow = duration.filter(|took| *took > limit);
            let slow = slow.map(|took| What::IsSlow {
                took,
                limit,
                rows: options.rows,
            });
            step.findings.extend(slow.map(|what| RehearsalFinding {
                moment: Moment::Up,
                what,
            }));
            let known = recorded.and_then(|recorded| recorded.of(migration.label));
            step.recorded = known;
            let slower = duration
                .zip(known)
                .filter(|(took, was)| is_much_longer(*took, *was));
            let slower = slower.map(|(took, was)| What::IsSlower { took, was });
            step.findings.extend(slower.map(|what| RehearsalFinding {
                moment: Moment::Up,
                what,
            }));
        }
        Err(text) => {
            step.findings
                .push(RehearsalFinding::fails(Moment::Up, text));
            return Ok((step, None));
        }
    }
    let after = shadow.snapshot()?;
    for test in scripts
        .tests
        .iter()
        .filter(|test| test.version == migration.version)
    {
        step.tests += 1;
        step.findings.extend(test.run(shadow)?);
    }
    if options.twice {
        step.findings
            .extend(round_trip::twice(shadow, migration, &after)?);
    }
    if migration.irreversible.is_none() {
        let found =
            round_trip::back_and_forth(shadow, scripts.migrations, migration, before, &after)?;
        step.findings.extend(found);
    }
    Ok((step, Some(after)))
}
