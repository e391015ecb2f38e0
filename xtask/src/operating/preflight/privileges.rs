//! Whether the user may do what the pending statements do, asked without doing it.
//!
//! What `DO` blocks, functions and hooks need cannot be read in the files and is not asked.

mod required;

use std::collections::BTreeSet;

use postgres::{Client, Error};

use crate::catalog_session::CatalogSession;
use crate::evidence::{CheckFinding, Evidence, Severity};
use crate::names::identifier;
use crate::operating::preflight::Options;
use crate::pending::Pending;
use required::{NOWHERE, RequiredPrivilege};

pub(super) fn check(
    client: &mut Client,
    pending: &Pending<'_>,
    _: &Options,
) -> Result<Vec<CheckFinding>, Error> {
    if pending.migrations.is_empty() && pending.repeatables.is_empty() {
        return Ok(Vec::new());
    }
    let mut needs = required::of_history(pending);
    let mut seen = BTreeSet::new();
    needs.extend(
        pending
            .migrations
            .iter()
            .flat_map(|it| required::of(it, &pending.reach)),
    );
    needs.retain(|need| seen.insert((need.what, need.name.clone())));
    let (nowhere, needs): (Vec<RequiredPrivilege>, Vec<RequiredPrivilege>) =
        needs.into_iter().partition(|need| need.what == NOWHERE);
    let whats: Vec<&str> = needs.iter().map(|need| need.what).collect();
    let names: Vec<&str> = needs.iter().map(|need| &*need.name).collect();
    let mut findings: Vec<CheckFinding> = nowhere.first().map(homeless).into_iter().collect();
    for row in
        CatalogSession::open(client)?.rows(include_str!("privileges.sql"), &[&whats, &names])?
    {
        let (place, user): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
        let owner: Option<String> = row.try_get(2)?;
        let database: Option<String> = row.try_get(3)?;
        // The server counts from 1.
        let need = usize::try_from(place - 1)
            .ok()
            .and_then(|place| needs.get(place));
        findings.extend(need.map(|need| finding(need, &user, owner, database)));
    }
    Ok(findings)
}

/// Nothing without a schema before its name can be made.
fn homeless(need: &RequiredPrivilege) -> CheckFinding {
    let message = format!(
        "no schema of the search path exists, so {} cannot be made",
        need.name
    );
    let evidence = Evidence::new()
        .and("object", &*need.name)
        .and("for", &*need.by);
    CheckFinding::new("privileges", Severity::Error, message)
        .with([evidence])
        .advise(
            "write the schema in front of the name, or give the role a path: ALTER ROLE CURRENT_USER SET \
             search_path = \"$user\", public;",
        )
}

/// `database` is the one in which a schema is to be made.
fn finding(
    need: &RequiredPrivilege,
    user: &str,
    owner: Option<String>,
    database: Option<String>,
) -> CheckFinding {
    let RequiredPrivilege { what, name, .. } = need;
    let to = identifier(user);
    let (message, advice) = match (*what, database) {
        ("own" | "drop" | "maintain" | "own type" | "own schema", _) => {
            let owner = owner.as_deref().unwrap_or("another role");
            let message = format!("the user {user} does not own {name}, as changing it needs");
            (
                message,
                format!("run as its owner, or: GRANT {} TO {to};", identifier(owner)),
            )
        }
        ("create schema" | "history schema", Some(database)) => (
            format!("the user {user} may not create the schema {name}"),
            format!(
                "GRANT CREATE ON DATABASE {} TO {to};",
                identifier(&database)
            ),
        ),
        ("create in" | "create schema" | "history schema", _) => (
            format!("the user {user} may not create in the schema {name}"),
            format!("GRANT CREATE ON SCHEMA {name} TO {to};"),
        ),
        (privilege, _) => (
            format!("the user {user} has no {privilege} privilege on {name}"),
            format!("GRANT {privilege} ON {name} TO {to};"),
        ),
    };
    let evidence = Evidence::new()
        .and("user", user)
        .and("object", &**name)
        .and("needs", *what)
        .and("owner", owner)
        .and("for", &*need.by);
    CheckFinding::new("privileges", Severity::Error, message)
        .with([evidence])
        .advise(advice)
}
