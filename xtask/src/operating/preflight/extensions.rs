//! Extensions that the pending migrations make or require.

use std::collections::BTreeMap;

use pgstrata_compiler::action::{Action, ObjectKind};
use pgstrata_compiler::grammar;
use pgstrata_compiler::statement_option::StatementOptionKind;
use postgres::{Client, Error, Row};

use crate::catalog_session::CatalogSession;
use crate::evidence::{CheckFinding, Evidence, Severity};
use crate::names::identifier;
use crate::operating::preflight::Options;
use crate::pending::Pending;

const CHECK: &str = "extensions";

/// What the migrations want of an extension.
struct Wanted<'a> {
    by: &'a str,
    /// A migration makes it; else it has to be there.
    is_made: bool,
    /// Nothing happens where it is there.
    if_not_exists: bool,
    /// It is left out where the server does not have it.
    is_optional: bool,
}

/// What the server has of it.
struct Offered {
    presence: Presence,
    /// The user may make it.
    may_make: bool,
    /// Whoever may create in the database may make it.
    is_trusted: bool,
    user: String,
    database: String,
}

/// How far an extension is there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Presence {
    Installed,
    Available,
    Missing,
}

pub(super) fn check(
    client: &mut Client,
    pending: &Pending<'_>,
    _: &Options,
) -> Result<Vec<CheckFinding>, Error> {
    let wanted = wanted(pending);
    let names: Vec<&str> = wanted.keys().map(|name| &**name).collect();
    let mut findings = Vec::new();
    for row in CatalogSession::open(client)?.rows(include_str!("extensions.sql"), &[&names])? {
        let (name, offered) = read(&row)?;
        if let Some(wanted) = wanted.get(&name) {
            findings.extend(finding(&name, wanted, &offered));
        }
    }
    Ok(findings)
}

fn wanted<'a>(pending: &Pending<'a>) -> BTreeMap<String, Wanted<'a>> {
    let mut all = BTreeMap::new();
    for migration in &pending.migrations {
        let (up, by) = (&migration.up, &*migration.label);
        for name in &up.extensions {
            let wanted = Wanted {
                by,
                is_made: false,
                if_not_exists: true,
                is_optional: false,
            };
            all.entry(name.clone()).or_insert(wanted);
        }
        for (index, statement) in up.statements().enumerate() {
            let Action::Create(create) = grammar::read(statement) else {
                continue;
            };
            if create.kind != ObjectKind::Extension {
                continue;
            }
            let is_optional = up.special.iter().any(|special| {
                special.statement == index
                    && matches!(special.what, StatementOptionKind::Optional { .. })
            });
            let if_not_exists = create.if_not_exists;
            let wanted = Wanted {
                by,
                is_made: true,
                if_not_exists,
                is_optional,
            };
            all.entry(create.name.name).or_insert(wanted);
        }
    }
    all
}

fn finding(name: &str, wanted: &Wanted<'_>, offered: &Offered) -> Option<CheckFinding> {
    let command = format!("CREATE EXTENSION {}", quoted_where_needed(name));
    let shell = format!("psql -d {} -c '{command}'", shell_word(&offered.database));
    let user = &offered.user;
    let (severity, message, advice) = if offered.presence == Presence::Installed {
        if wanted.if_not_exists {
            return None;
        }
        let message =
            format!("the extension {name} is installed already, and a migration makes it");
        (
            Severity::Error,
            message,
            "write IF NOT EXISTS into that migration".to_owned(),
        )
    } else if offered.presence == Presence::Missing && wanted.is_optional {
        let message = format!("the server does not have the extension {name}, which is optional");
        (
            Severity::Note,
            message,
            "the statement is left out, and that is recorded".to_owned(),
        )
    } else if offered.presence == Presence::Missing {
        let message = format!("the server does not have the extension {name}");
        let advice = "install its package on the server (Debian and Ubuntu: postgresql-contrib, \
             or postgresql-NN-NAME; RPM: postgresqlNN-contrib), or choose it at a managed service";
        (
            Severity::Error,
            message,
            format!("{advice}; then, as a superuser: {shell}"),
        )
    } else if wanted.is_made && offered.may_make {
        return None;
    } else if wanted.is_made {
        let message = format!("the user {user} may not make the extension {name}");
        let grant = if offered.is_trusted {
            format!(
                "; it is a trusted one, so this is enough, too: GRANT CREATE ON DATABASE {} TO {}",
                identifier(&offered.database),
                identifier(user)
            )
        } else {
            String::new()
        };
        (
            Severity::Error,
            message,
            format!("before, as a superuser: {shell}{grant}"),
        )
    } else {
        let message = format!("the extension {name} is available, but not installed");
        let who = if offered.may_make {
            format!("as {user}")
        } else {
            "as a superuser".to_owned()
        };
        (Severity::Error, message, format!("before, {who}: {shell}"))
    };
    let key = if wanted.is_made {
        "made_by"
    } else {
        "required_by"
    };
    let evidence = Evidence::new()
        .and("extension", name)
        .and(key, wanted.by)
        .and("available", offered.presence != Presence::Missing)
        .and("trusted", offered.is_trusted)
        .and("user", &**user);
    Some(
        CheckFinding::new(CHECK, severity, message)
            .with([evidence])
            .advise(advice),
    )
}

fn read(row: &Row) -> Result<(String, Offered), Error> {
    let presence = match (row.try_get(1)?, row.try_get(2)?) {
        (true, _) => Presence::Installed,
        (_, true) => Presence::Available,
        _ => Presence::Missing,
    };
    let offered = Offered {
        presence,
        is_trusted: row.try_get(3)?,
        may_make: row.try_get(4)?,
        user: row.try_get(5)?,
        database: row.try_get(6)?,
    };
    Ok((row.try_get(0)?, offered))
}

/// `"uuid-ossp"`, but `pg_trgm`.
fn quoted_where_needed(name: &str) -> String {
    let is_plain = name
        .chars()
        .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_');
    if is_plain {
        name.to_owned()
    } else {
        identifier(name)
    }
}

fn shell_word(word: &str) -> String {
    let is_plain = word
        .chars()
        .all(|it| it.is_ascii_alphanumeric() || "_-.".contains(it));
    if is_plain {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
