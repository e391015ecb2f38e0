//! Whether the server takes writes, and is of a version that the migrations were made for.

use postgres::{Client, Error};

use crate::catalog_session::CatalogSession;
use crate::evidence::{CheckFinding, Evidence, Severity};
use crate::operating::preflight::Options;
use crate::pending::Pending;

const CHECK: &str = "server";

pub(super) fn check(
    client: &mut Client,
    pending: &Pending<'_>,
    _: &Options,
) -> Result<Vec<CheckFinding>, Error> {
    let row = CatalogSession::open(client)?.row(include_str!("server.sql"), &[])?;
    let (is_standby, is_read_only): (bool, bool) = (row.try_get(0)?, row.try_get(1)?);
    let (major, version): (i32, String) = (row.try_get(2)?, row.try_get(3)?);
    let (encoding, primary): (String, Option<String>) = (row.try_get(4)?, row.try_get(5)?);
    let mut findings: Vec<CheckFinding> = of_encoding(&encoding).into_iter().collect();
    if is_standby {
        let message = "the server is a standby, which takes no writes";
        let finding = CheckFinding::new(CHECK, Severity::Error, message);
        let finding = finding.with([Evidence::new().and("follows", primary)]);
        findings.push(finding.advise("name the primary, with target_session_attrs=read-write"));
    } else if is_read_only {
        let message = "transactions are read-only here";
        let finding = CheckFinding::new(CHECK, Severity::Error, message);
        findings.push(finding.advise(
            "take default_transaction_read_only off the role, the database or the server's settings",
        ));
    }
    let (lowest, highest) = (*pending.majors.start(), *pending.majors.end());
    if !u16::try_from(major).is_ok_and(|major| pending.majors.contains(&major)) {
        let message = format!(
            "the server is PostgreSQL {major}; the migrations were made for {lowest} to {highest}"
        );
        let evidence = Evidence::new().and("server_version", version);
        let finding = CheckFinding::new(CHECK, Severity::Error, message).with([evidence]);
        findings.push(finding.advise(format!(
            "rehearse on it (`cargo pgstrata rehearse --postgres {major}`), then name it under \
             `postgres` in pgstrata.toml"
        )));
    }
    Ok(findings)
}

/// What is sent and stored is UTF-8.
fn of_encoding(encoding: &str) -> Option<CheckFinding> {
    let (severity, message, advice) = match encoding {
        "UTF8" => return None,
        "SQL_ASCII" => (
            Severity::Warning,
            "the database's encoding is SQL_ASCII: it keeps the bytes of each program as they are"
                .to_owned(),
            "names and texts that are not UTF-8 cannot be read here, and the commands that meet one name it; \
             move to a database made with ENCODING 'UTF8'",
        ),
        _ => (
            Severity::Note,
            format!("the database's encoding is {encoding}, not UTF8"),
            "characters that it lacks are refused before the first write, each with its file and line",
        ),
    };
    let evidence = Evidence::new().and("encoding", encoding);
    let finding = CheckFinding::new(CHECK, severity, message).with([evidence]);
    Some(finding.advise(advice))
}
