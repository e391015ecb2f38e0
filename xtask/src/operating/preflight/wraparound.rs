//! How near the database is to the end of its transaction numbers, and vacuums that do not make way.

use postgres::{Client, Error};

use crate::catalog_session::{CatalogSession, Names};
use crate::evidence::{CheckFinding, Evidence, Severity};
use crate::names::quoted;
use crate::operating::preflight::Options;
use crate::pending::Pending;

const CHECK: &str = "wraparound";

/// Of about 2.1 thousand million numbers the server warns of the last 40 million, and takes no
/// writes at the last three (PostgreSQL manual, Preventing Transaction ID Wraparound Failures).
const REFUSED_SOON: i64 = 2_100_000_000;
const OLD: i64 = 1_000_000_000;

pub(super) fn check(
    client: &mut Client,
    pending: &Pending<'_>,
    _: &Options,
) -> Result<Vec<CheckFinding>, Error> {
    let names: Vec<String> = pending
        .tables()
        .iter()
        .map(|(name, ..)| quoted(name))
        .collect();
    let rows = CatalogSession::open(client)?.rows(include_str!("wraparound.sql"), &[&names])?;
    let tables = rows
        .iter()
        .filter_map(|row| row.try_get(2).transpose())
        .collect::<Result<Vec<u32>, _>>()?;
    let names = Names::of(client, &tables)?;
    let mut findings = Vec::new();
    for row in &rows {
        let (age, pid): (Option<i64>, Option<i32>) = (row.try_get(0)?, row.try_get(1)?);
        let table: Option<u32> = row.try_get(2)?;
        findings.extend(age.and_then(of_age));
        if let (Some(pid), Some(table)) = (pid, table) {
            let table = names.name(table);
            let message = format!(
                "a vacuum against wraparound works on {table}, and does not make way for the run"
            );
            let evidence = Evidence::new().and("pid", pid).and("table", table);
            let finding = CheckFinding::new(CHECK, Severity::Error, message).with([evidence]);
            findings.push(finding.advise("wait until it is done; it would only start again"));
        }
    }
    Ok(findings)
}

fn of_age(age: i64) -> Option<CheckFinding> {
    let severity = match age {
        REFUSED_SOON.. => Severity::Error,
        OLD.. => Severity::Warning,
        _ => return None,
    };
    let message = format!("the oldest row of the database is {age} transactions old");
    let finding = CheckFinding::new(CHECK, severity, message);
    let finding = finding.with([Evidence::new().and("age", age)]);
    let advice = "vacuum first (vacuumdb --freeze), and see what keeps the autovacuum from it: \
         transactions or slots that nobody ends";
    Some(finding.advise(advice))
}

#[cfg(test)]
mod tests {
    use super::{Severity, of_age};

    #[test]
    fn the_older_the_worse() {
        let severity = |age| of_age(age).map(|finding| finding.severity);
        assert_eq!(severity(200_000_000), None);
        assert_eq!(severity(1_000_000_000), Some(Severity::Warning));
        assert_eq!(severity(2_120_000_000), Some(Severity::Error));
    }
}
