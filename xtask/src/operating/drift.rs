//! `drift`: where a database is not what the migrations make, object by object.

mod format;

use std::path::PathBuf;

use std::collections::BTreeSet;

use pgstrata::{Migrations, State, Status};
use pgstrata_compiler::Compiled;
use pgstrata_compiler::lexer::tokens;
use pgstrata_compiler::settings::Pattern;
use pgstrata_compiler::span::Span;
use postgres::Client;

use crate::catalog_session::CatalogSession;
use crate::cluster::Cluster;
use crate::connect::connect_and_keep;
use crate::connect::lock_monitor::report_blockers;
use crate::context::Context;
use crate::failure::{Failure, of_run};
use crate::schema::current_schema::CurrentSchema;
use crate::schema::read;
use crate::schema::snapshot::{Object, Properties};
use crate::schema::{Drift, History, Schema, is_of_the_database};
use crate::shadow::search_path::SearchPath;
use crate::shadow::start::prelude;
use crate::shadow::{HISTORY, ShadowDatabase};
use crate::workspace;
use crate::workspace::embed;

/// What the database is compared with.
pub(crate) struct Expected {
    /// What the migrations make, or the file has.
    pub(crate) schema: Schema,
    /// In words.
    pub(crate) origin: String,
    /// What was there before the migrations, on a throw-away server; it is somebody else's.
    others: Option<Schema>,
}

/// What may be asked of it.
#[derive(Debug)]
pub(crate) struct Options {
    /// Compare with this file, which `fingerprint --write` has written, instead of a throw-away
    /// server on which the applied migrations run.
    pub(crate) against: Option<PathBuf>,
    /// Say nothing of objects of these names, such as `'other.*'`; `*` stands for any
    /// letters.
    pub(crate) ignore: Vec<String>,
    /// Print the differences as JSON.
    pub(crate) json: bool,
}

/// Compares and prints.
pub(crate) fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    match &options.against {
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .map_err(|error| Failure::file("read", file, &error))?;
            let schema = Schema::from_json(&text).map_err(Failure::configuration)?;
            let origin = file.display().to_string();
            let expected = Expected {
                schema,
                origin,
                others: None,
            };
            tell(context, options, &expected, &read::read(context)?)
        }
        None => workspace::reading(context, workspace::Use::Look, |compiled, _| {
            let (mut client, settings) = connect_and_keep(context)?;
            let found =
                report_blockers(&mut client, &settings, |client| read::of(client, context))?;
            let expected = built(context, compiled, &mut client, &found)?;
            // What the migrations name elsewhere is looked at as well, where a tenant has a schema of its own.
            let (home, schemas) = (found.home().clone(), expected.schemas());
            if home.is_usual() {
                return tell(context, options, &expected, &found);
            }
            let history = read::history(context);
            let found = report_blockers(&mut client, &settings, |client| {
                Schema::read_in(client, &history, home, Some(&schemas))
            });
            let found = found.map_err(|error| Failure::caused(&error))?;
            tell(context, options, &expected, &found)
        }),
    }
}

fn tell(
    context: &Context,
    options: &Options,
    expected: &Expected,
    found: &Schema,
) -> Result<(), Failure> {
    let all = compared(expected, found.clone(), &options.ignore);
    format::print(options.json, context.quiet, expected, found, &all);
    let failures = all.iter().filter(|drift| !drift.is_note).count();
    if failures == 0 {
        return Ok(());
    }
    let plural = if failures == 1 {
        "difference"
    } else {
        "differences"
    };
    Err(Failure::unverified(format!(
        "the database has {failures} {plural} from {}; nothing was changed",
        expected.origin
    )))
}

impl Expected {
    /// What was there before and is the same now.
    fn untouched(&self) -> BTreeSet<Object> {
        let objects = self.others.iter().flat_map(Schema::objects);
        let objects = objects.filter(|(object, it)| self.schema.properties(object) == Some(it));
        objects.map(|(object, _)| object.clone()).collect()
    }

    /// Where the migrations have made something, as the server writes it.
    fn schemas(&self) -> Vec<String> {
        let (home, untouched) = (self.schema.home(), self.untouched());
        let made = self.schema.objects();
        let made = made.filter(|(object, _)| !untouched.contains(object));
        let places = made.filter_map(|(object, it)| elsewhere(object, it));
        let places = places.map(|schema| home.remembered(&format!("{schema}.")));
        let places = places.map(|schema| schema.trim_end_matches('.').to_owned());
        let all: BTreeSet<String> = places.chain([home.written().to_owned()]).collect();
        all.into_iter().collect()
    }
}

/// The schema that is written before a name, where that is not at home.
fn elsewhere(object: &Object, properties: &Properties) -> Option<String> {
    let own = || {
        object
            .name
            .split_once(" of ")
            .map_or(&*object.name, |(_, of)| of)
    };
    let name = properties.goes_with.as_deref().unwrap_or_else(own);
    let mut words = tokens(name).map(|token| token.span.of(name));
    let (first, second) = (words.next()?, words.next());
    (second == Some(".") && first != "public").then(|| first.to_owned())
}

/// Of a tenant's neighbours nothing is told: what is at home counts, and elsewhere what is expected there.
fn without_neighbours(schema: &mut Schema, found: &mut Schema) {
    for side in [&mut *schema, &mut *found] {
        // The first tenant has brought it.
        side.forget("extension", "schema");
    }
    let tables: BTreeSet<String> = schema
        .objects()
        .map(|(object, _)| object.name.clone())
        .collect();
    found.retain(|object, it| {
        let is_at_home = !is_of_the_database(object) && elsewhere(object, it).is_none();
        let is_part = it
            .goes_with
            .as_ref()
            .is_some_and(|table| tables.contains(table));
        is_at_home || is_part || schema.properties(object).is_some()
    });
}

/// A file may be of a whole database.
fn of_one_schema(schema: &mut Schema) {
    schema.retain(|object, it| !is_of_the_database(object) && elsewhere(object, it).is_none());
}

/// Where they differ, without what is somebody else's.
pub(crate) fn compared(expected: &Expected, mut found: Schema, ignore: &[String]) -> Vec<Drift> {
    let mut schema = expected.schema.clone();
    let untouched = expected.untouched();
    for side in [&mut schema, &mut found] {
        // The schema `public` is everybody's.
        side.retain(|object, _| object.name == "public" || !untouched.contains(object));
    }
    if !found.home().is_usual() {
        if expected.others.is_none() {
            of_one_schema(&mut schema);
        }
        without_neighbours(&mut schema, &mut found);
    }
    let patterns = ignore.iter().map(|text| Pattern {
        text: text.clone(),
        span: Span { start: 0, end: 0 },
    });
    let patterns: Vec<Pattern> = patterns.collect();
    let is_ignored = |name: &str| patterns.iter().any(|pattern| pattern.matches(name));
    for side in [&mut schema, &mut found] {
        side.retain(|object, it| {
            !is_ignored(&object.name) && !it.goes_with.as_deref().is_some_and(is_ignored)
        });
    }
    schema.drift(&found)
}

/// What the migrations that are applied make, on a throw-away server of the same version.
pub(crate) fn built(
    context: &Context,
    compiled: &Compiled,
    client: &mut Client,
    found: &Schema,
) -> Result<Expected, Failure> {
    let (major, home) = (found.major(), found.home());
    let all = embed::with_migrations(compiled, |migrations| {
        let mut migrator = context.migrator(migrations);
        migrator
            .status(client)
            .map_err(|error| of_run(&error, pgstrata::Direction::Up))
    })?;
    refuse_unknown(&all)?;
    let roles = CatalogSession::open(client)
        .and_then(|mut own| own.rows(include_str!("drift/roles.sql"), &[]));
    let roles = roles.map_err(|error| Failure::caused(&error))?;
    let extensions = extensions(client, home).map_err(|error| Failure::caused(&error))?;
    let cluster = match Cluster::start(Some(major)) {
        Ok(cluster) => cluster,
        Err(_) => {
            let cluster = Cluster::start(None).map_err(|error| Failure::caused(&error))?;
            eprintln!(
                "note: there is no PostgreSQL {major} here; compared with {}, without expressions",
                cluster.server_version()
            );
            cluster
        }
    };
    let mut first = cluster.connect().map_err(|error| Failure::caused(&error))?;
    for role in &roles {
        let name: Vec<u8> = role.try_get(0).map_err(|error| Failure::caused(&error))?;
        // What is not UTF-8 cannot be made; whatever it owns is named where it is read.
        let Ok(name) = String::from_utf8(name) else {
            continue;
        };
        // Some are there already.
        let _ = first.batch_execute(&format!("CREATE ROLE {name}"));
    }
    drop(first);
    let applied: Vec<&Status> = all
        .iter()
        .filter(|status| is_applied(status.state))
        .collect();
    let expected = embed::with_sql_only(compiled, |migrations| {
        let has = |version: u64| applied.iter().any(|it| it.version == Some(version));
        let list: Vec<_> = migrations.iter().filter(|it| has(it.version)).collect();
        let has = |name: &str| {
            applied
                .iter()
                .any(|it| it.version.is_none() && it.label == name)
        };
        let repeatables = migrations.repeatables.iter().filter(|it| has(it.name));
        let repeatables: Vec<_> = repeatables.copied().collect();
        let newest = list
            .last()
            .map_or("no migration".to_owned(), |it| it.label.to_owned());
        let applied = Migrations::new(migrations.directory, &list, &repeatables);
        // The path of the database that it is compared with.
        let path = SearchPath::default();
        let mut shadow =
            ShadowDatabase::open(&cluster, prelude(&context.project.dir)?.as_deref(), &path)?;
        let history = History {
            schema: HISTORY.to_owned(),
            table: "history".to_owned(),
        };
        if !home.is_usual() {
            shadow.on_the_path_of(home)?;
            shadow.try_each(&extensions)?;
        }
        let others = read(&mut shadow, &history, home)?;
        shadow.up_all(&applied).map_err(|text| {
            Failure::configuration(format!(
                "the migrations cannot be applied on a throw-away server: {text}\n  \
                 what they need of others belongs into {}/tests/prelude.sql; or compare with a \
                 file: `fingerprint --write`, then `drift --against FILE`",
                context.project.dir.display()
            ))
        })?;
        let schema = read(&mut shadow, &history, home)?;
        let origin = match list.len() {
            1 => format!("what 1 migration makes, {newest}"),
            number => format!("what {number} migrations make, up to {newest}"),
        };
        Ok(Expected {
            schema,
            origin,
            others: Some(others),
        })
    })?;
    cluster.stop().map_err(|error| Failure::caused(&error))?;
    Ok(expected)
}

/// What makes the extensions that a tenant finds elsewhere: `CREATE EXTENSION IF NOT EXISTS` makes none there.
fn extensions(client: &mut Client, home: &CurrentSchema) -> Result<Vec<String>, postgres::Error> {
    if home.is_usual() {
        return Ok(Vec::new());
    }
    let rows = CatalogSession::open(client)?
        .rows(include_str!("drift/extensions.sql"), &[&home.schema])?;
    let make = |row: &postgres::Row| {
        let (name, schema): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        Ok(format!(
            "CREATE SCHEMA IF NOT EXISTS {schema}; CREATE EXTENSION IF NOT EXISTS {name} SCHEMA {schema}"
        ))
    };
    rows.iter().map(make).collect()
}

fn read(
    shadow: &mut ShadowDatabase<'_>,
    history: &History,
    home: &CurrentSchema,
) -> Result<Schema, Failure> {
    Schema::read_in(&mut shadow.link()?.client, history, home.clone(), None)
        .map_err(|error| Failure::caused(&error))
}

fn is_applied(state: State) -> bool {
    matches!(state, State::Applied | State::Changed)
}

/// Nobody can say what a database should hold whose history is not that of the directory.
fn refuse_unknown(all: &[Status]) -> Result<(), Failure> {
    for Status { label, state, .. } in all {
        match state {
            State::Missing | State::Newer => {
                return Err(Failure::configuration(format!(
                    "{label} is applied, and this directory does not have it; compare with the \
                     directory that the database was migrated with"
                )));
            }
            State::Interrupted => {
                return Err(Failure::unverified(format!(
                    "{label} is interrupted; `cargo pgstrata up` goes on, or `down` if it was on its way \
                     back, or says what to do"
                )));
            }
            State::Changed => eprintln!(
                "note: {label} was changed after it was applied; compared with its file as it is"
            ),
            _ => {}
        }
    }
    Ok(())
}
