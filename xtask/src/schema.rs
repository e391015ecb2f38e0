//! The schema of a database as it can be compared: what `pg_dump` would print, without what
//! belongs to this copy of it alone, such as its owner.

pub(crate) mod current_schema;
pub(crate) mod snapshot;
mod definition;
mod repair;
mod drift;
mod file;
mod privileges;
mod view;
pub(crate) mod read;

use std::fmt;

use pgstrata_compiler::checksum::{hex, sha256};
use postgres::{Client, Error};

use crate::catalog_session::CatalogSession;
use crate::schema::current_schema::CurrentSchema;
use crate::schema::snapshot::{Object, Properties, Snapshot};
pub use drift::{Drift, DriftKind};
pub use file::UnreadableSnapshot;
pub use view::View;

/// Of a fingerprint, and of a file with a schema.
pub(crate) const ALGORITHM: u32 = 1;

/// Where a program keeps its history, which is no part of the schema.
#[derive(Clone, Debug)]
pub struct History {
    /// The schema of the table.
    pub schema: String,
    /// Its name; that of the events is made of it.
    pub table: String,
}

/// What a database holds, without rows, owners and the history.
#[derive(Clone, Debug)]
pub struct Schema {
    /// The major version of the server that was asked.
    major: u32,
    /// As if what stands first in the path were `public`.
    snapshot: Snapshot,
    home: CurrentSchema,
}

impl Default for History {
    fn default() -> Self {
        Self {
            schema: "public".to_owned(),
            table: "pgstrata_history".to_owned(),
        }
    }
}

impl Schema {
    /// Reads it from a database. Only reads, and looks into no table.
    ///
    /// If a schema of its own stands first in the session's search path, as that of a tenant, only that schema
    /// is read, and written as if it were `public`: so it can be compared with that of another tenant.
    /// Otherwise the whole database is.
    ///
    /// # Errors
    ///
    /// When the connection or the server fails.
    pub fn read(client: &mut Client, history: &History) -> Result<Self, Error> {
        let home = CurrentSchema::of(client)?;
        if home.is_usual() {
            return Self::read_in(client, history, home, None);
        }
        let own = [home.written().to_owned()];
        let mut schema = Self::read_in(client, history, home, Some(&own))?;
        schema.retain(|object, _| !is_of_the_database(object));
        Ok(schema)
    }

    /// The whole database, whatever the path.
    pub(crate) fn read_whole(client: &mut Client, history: &History) -> Result<Self, Error> {
        Self::read_in(client, history, CurrentSchema::usual(), None)
    }

    /// Those schemas, or all, with what belongs to no schema.
    pub(crate) fn read_in(
        client: &mut Client,
        history: &History,
        home: CurrentSchema,
        schemas: Option<&[String]>,
    ) -> Result<Self, Error> {
        let mut own = CatalogSession::at_one_moment(client)?;
        let version = own.row("SHOW server_version_num", &[])?;
        let version: &str = version.try_get(0)?;
        // `150004` is 15.4.
        let major = version.parse::<u32>().unwrap_or_default() / 10_000;
        let names = ["", "_events", "_failed"].map(|suffix| format!("{}{suffix}", history.table));
        let ours = own.row(
            include_str!("schema/history.sql"),
            &[
                &history.schema,
                &names[0],
                &names[1],
                &names[2],
                &home.schema,
            ],
        )?;
        let mut snapshot = Snapshot::take_schema(&mut own, (&home, schemas))?;
        drop(own);
        forget_history(
            &mut snapshot,
            ours.try_get(0)?,
            &[ours.try_get(1)?, ours.try_get(2)?, ours.try_get(3)?],
        );
        Ok(Self {
            major,
            snapshot: at_home(view::without_place(snapshot), &home),
            home,
        })
    }

    /// The major version of the server it comes from.
    pub fn major(&self) -> u32 {
        self.major
    }

    /// SHA-256 of everything that the view has, as 64 hexadecimal digits.
    pub fn fingerprint(&self, view: View) -> String {
        let mut bytes = Vec::new();
        let mut add = |text: &str| {
            bytes.extend_from_slice(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        };
        add("pgstrata schema");
        add(&format!("{ALGORITHM} {view}"));
        for (Object { kind, name }, Properties { values, .. }) in self.seen(view).objects {
            [&*kind, &name, &values.len().to_string()]
                .into_iter()
                .for_each(&mut add);
            for (property, value) in values {
                add(&property);
                add(&value);
            }
        }
        hex(&sha256(&bytes))
    }

    /// The view in which both can be compared.
    pub fn common_view(&self, other: &Self) -> View {
        if self.major == other.major {
            View::Exact
        } else {
            View::Portable
        }
    }

    /// What there is to say of an object.
    pub(crate) fn properties(&self, object: &Object) -> Option<&Properties> {
        self.snapshot.objects.get(object)
    }

    /// Everything, by kind and name.
    pub(crate) fn objects(&self) -> impl Iterator<Item = (&Object, &Properties)> {
        self.snapshot.objects.iter()
    }

    /// What stands first in the path.
    pub(crate) fn home(&self) -> &CurrentSchema {
        &self.home
    }

    /// Leaves out a property of all objects of a kind.
    pub(crate) fn forget(&mut self, kind: &str, property: &str) {
        let objects = self.snapshot.objects.iter_mut();
        for (_, properties) in objects.filter(|(object, _)| object.kind == kind) {
            properties.values.remove(property);
        }
    }

    /// Leaves out what does not concern a comparison.
    pub(crate) fn retain(&mut self, mut is_kept: impl FnMut(&Object, &Properties) -> bool) {
        self.snapshot
            .objects
            .retain(|object, properties| is_kept(object, properties));
    }

    fn seen(&self, view: View) -> Snapshot {
        view::seen(&self.snapshot, view)
    }
}

/// What belongs to no schema, and so to no tenant.
pub(crate) fn is_of_the_database(object: &Object) -> bool {
    let kinds = [
        "schema",
        "extension",
        "publication",
        "event trigger",
        "cast",
        "foreign data wrapper",
        "server",
        "language",
        "access method",
        "transform",
    ];
    kinds.contains(&&*object.kind)
}

/// The same as if the first schema of the path were `public`. Who may use a tenant's schema is left out: whoever
/// makes the tenant says it, and not the migrations.
fn at_home(snapshot: Snapshot, home: &CurrentSchema) -> Snapshot {
    if home.is_usual() {
        return snapshot;
    }
    let objects = snapshot.objects.into_iter();
    let objects =
        objects.filter(|(object, _)| object.kind != "schema" || !home.is_named(&object.name));
    let objects = objects.map(
        |(Object { kind, name }, Properties { goes_with, values })| {
            let values = values.into_iter().map(|(property, value)| {
                // What people wrote stays as it is.
                let value = if property == "comment" {
                    value
                } else {
                    home.forgotten(&value)
                };
                (property, value)
            });
            let properties = Properties {
                goes_with: goes_with.map(|table| home.forgotten(&table)),
                values: values.collect(),
            };
            let name = home.forgotten(&name);
            (Object { kind, name }, properties)
        },
    );
    Snapshot {
        objects: objects.collect(),
    }
}

/// Takes the history's tables out, and their schema where nothing else is in it.
fn forget_history(snapshot: &mut Snapshot, schema: &str, tables: &[&str; 3]) {
    snapshot.objects.retain(|object, properties| {
        let table = properties.goes_with.as_deref().unwrap_or(&object.name);
        !tables.contains(&table)
    });
    let inside = format!("{schema}.");
    if schema != "public"
        && !snapshot
            .objects
            .keys()
            .any(|it| it.kind != "schema" && it.name.contains(&inside))
    {
        snapshot.objects.remove(&Object {
            kind: "schema".to_owned(),
            name: schema.to_owned(),
        });
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exact => "exact",
            Self::Portable => "portable",
        })
    }
}
