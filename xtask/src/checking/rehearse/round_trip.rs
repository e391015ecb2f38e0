//! One migration down and up again: in a transaction that is rolled back, where that can be;
//! else in a copy of the database.

use pgstrata::Migrations;
use pgstrata::embedded::Migration;

use super::finding::{Moment, RehearsalFinding, What};
use crate::failure::Failure;
use crate::schema::snapshot::Snapshot;
use crate::shadow::{Link, ONLY_TOGETHER, ShadowDatabase, caused, is_plain, play, snapshot};

/// Down, compared with `before`, and up, compared with `after`.
pub(super) fn back_and_forth(
    shadow: &mut ShadowDatabase<'_>,
    migrations: &Migrations<'_>,
    migration: &Migration<'_>,
    before: &Snapshot,
    after: &Snapshot,
) -> Result<Vec<RehearsalFinding>, Failure> {
    if is_plain(&migration.up)
        && is_plain(&migration.down)
        && let Some(findings) = in_transaction(shadow, migration, before, after)?
    {
        return Ok(findings);
    }
    let mut copy = shadow.copy()?;
    let findings = in_copy(&mut copy, migrations, migration, before, after);
    copy.discard()?;
    findings
}

/// Nothing where it takes two transactions.
fn in_transaction(
    shadow: &mut ShadowDatabase<'_>,
    migration: &Migration<'_>,
    before: &Snapshot,
    after: &Snapshot,
) -> Result<Option<Vec<RehearsalFinding>>, Failure> {
    let Link { client, queries } = shadow.link()?;
    let mut transaction = client.transaction().map_err(caused)?;
    let scripts = [
        (Moment::Down, &migration.down, "down"),
        (Moment::UpAgain, &migration.up, "up"),
    ];
    let mut findings = Vec::new();
    for (moment, script, direction) in scripts {
        let file = format!("{}.{direction}.sql", migration.label);
        match play(&mut transaction, &file, script) {
            Err(stopped) if ONLY_TOGETHER.contains(&&*stopped.code) => return Ok(None),
            Err(stopped) => {
                findings.push(RehearsalFinding::fails(moment, stopped.text));
                break;
            }
            Ok(()) => {
                let now = snapshot(&mut transaction, queries).map_err(caused)?;
                findings.extend(compared(&moment, before, after, &now));
            }
        }
    }
    transaction.rollback().map_err(caused)?;
    Ok(Some(findings))
}

fn in_copy(
    copy: &mut ShadowDatabase<'_>,
    migrations: &Migrations<'_>,
    migration: &Migration<'_>,
    before: &Snapshot,
    after: &Snapshot,
) -> Result<Vec<RehearsalFinding>, Failure> {
    let mut findings = Vec::new();
    for moment in [Moment::Down, Moment::UpAgain] {
        let played = match moment {
            Moment::Down => copy.down(migrations, 1),
            _ => copy.up(migrations, migration.version).map(drop),
        };
        if let Err(text) = played {
            if uses_elsewhere(&text) {
                findings.push(RehearsalFinding {
                    moment,
                    what: What::IsUntried,
                });
                break;
            }
            findings.push(RehearsalFinding::fails(moment, text));
            break;
        }
        findings.extend(compared(&moment, before, after, &copy.snapshot()?));
    }
    Ok(findings)
}

/// Whether a role cannot be dropped because of what another database has, as the server says it:
/// the one that was copied has all that the copy has.
fn uses_elsewhere(text: &str) -> bool {
    text.contains("(SQLSTATE 2BP01)") && text.contains(" in database ")
}

fn compared(
    moment: &Moment,
    before: &Snapshot,
    after: &Snapshot,
    now: &Snapshot,
) -> Vec<RehearsalFinding> {
    RehearsalFinding::differs(
        moment,
        match moment {
            Moment::Down => before.differences(now),
            _ => after.differences_when_repeated(now),
        },
    )
}

/// Up once more, as if nobody knew that it has run.
pub(super) fn twice(
    shadow: &mut ShadowDatabase<'_>,
    migration: &Migration<'_>,
    after: &Snapshot,
) -> Result<Vec<RehearsalFinding>, Failure> {
    if !is_plain(&migration.up) {
        return Ok(Vec::new());
    }
    let Link { client, queries } = shadow.link()?;
    let mut transaction = client.transaction().map_err(caused)?;
    let file = format!("{}.up.sql", migration.label);
    let findings = match play(&mut transaction, &file, &migration.up) {
        Err(stopped) => vec![RehearsalFinding::fails(Moment::Twice, stopped.text)],
        Ok(()) => {
            let now = snapshot(&mut transaction, queries).map_err(caused)?;
            RehearsalFinding::differs(&Moment::Twice, after.differences(&now))
        }
    };
    transaction.rollback().map_err(caused)?;
    Ok(findings)
}
