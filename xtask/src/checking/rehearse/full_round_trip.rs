//! All migrations together: up, down to where there is a way, and up again; and the repeatable
//! scripts behind them, twice.

use pgstrata::Migrations;

use super::finding::{Moment, RehearsalFinding};
use crate::failure::Failure;
use crate::schema::snapshot::Snapshot;
use crate::shadow::{Link, ShadowDatabase, caused, play, snapshot};

/// `floor` is the newest version that stays, `ground` what the database holds there, and `top`
/// what it holds at the end. Rows have been looked at one by one, and those that the rehearsal made
/// are not here.
pub(super) fn down_and_up(
    shadow: &mut ShadowDatabase<'_>,
    migrations: &Migrations<'_>,
    floor: Option<u64>,
    ground: &Snapshot,
    top: &Snapshot,
) -> Result<Vec<RehearsalFinding>, Failure> {
    let Some(newest) = migrations.newest() else {
        return Ok(Vec::new());
    };
    let steps = migrations
        .iter()
        .filter(|it| floor.is_none_or(|floor| it.version > floor))
        .count();
    let fails = |moment, text| Ok(vec![RehearsalFinding::fails(moment, text)]);
    if let Err(text) = shadow.up(migrations, newest) {
        return fails(Moment::WholeUp, text);
    }
    if let Err(text) = shadow.down(migrations, steps) {
        return fails(Moment::WholeDown, text);
    }
    let differences = ground.differences_of_schema(&shadow.snapshot()?);
    let mut findings = RehearsalFinding::differs(&Moment::WholeDown, differences);
    if let Err(text) = shadow.up(migrations, newest) {
        return fails(Moment::WholeUpAgain, text);
    }
    let differences = top.differences_of_schema(&shadow.snapshot()?);
    findings.extend(RehearsalFinding::differs(
        &Moment::WholeUpAgain,
        differences,
    ));
    Ok(findings)
}

/// Whether each repeatable script can run again without a change.
pub(super) fn repeatables(
    shadow: &mut ShadowDatabase<'_>,
    migrations: &Migrations<'_>,
) -> Result<Vec<RehearsalFinding>, Failure> {
    if migrations.repeatables.is_empty() {
        return Ok(Vec::new());
    }
    if let Err(text) = shadow.up_all(migrations) {
        return Ok(vec![RehearsalFinding::fails(Moment::Up, text)]);
    }
    let top = shadow.snapshot()?;
    let Link { client, queries } = shadow.link()?;
    let mut findings = Vec::new();
    for repeatable in migrations.repeatables {
        let file = format!("repeatable/{}.sql", repeatable.name);
        let moment = Moment::Repeatable(file.clone());
        let mut transaction = client.transaction().map_err(caused)?;
        match play(&mut transaction, &file, &repeatable.script) {
            Err(stopped) => findings.push(RehearsalFinding::fails(moment, stopped.text)),
            Ok(()) => {
                let now = snapshot(&mut transaction, queries).map_err(caused)?;
                findings.extend(RehearsalFinding::differs(&moment, top.differences(&now)));
            }
        }
        transaction.rollback().map_err(caused)?;
    }
    Ok(findings)
}
