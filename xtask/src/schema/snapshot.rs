//! What a database holds: every object as `pg_dump` would print it, and how many rows; and how
//! two states of it differ.
//!
//! The file is long because reading and comparing follow the same list of objects.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use postgres::{Error, GenericClient, SimpleQueryMessage, Statement};

use crate::catalog_session::{Asked, CatalogSession};
use crate::schema::current_schema::CurrentSchema;

/// The state of a database, read at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) objects: BTreeMap<Object, Properties>,
}

/// Names an object.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Object {
    /// `table`, `column`, `constraint` and so on.
    pub(crate) kind: String,
    /// Its name, with the schema where that is not `public`, or what has its place.
    pub(crate) name: String,
}

/// What there is to say of an object.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Properties {
    /// The table without which it is not there either.
    pub(crate) goes_with: Option<String>,
    pub(crate) values: BTreeMap<String, String>,
}

/// One thing in which two states differ.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Difference {
    /// It was there.
    Missing(Object),
    /// It was not.
    LeftOver(Object),
    /// It is another one.
    Changed {
        /// Which object.
        object: Object,
        /// What of it.
        property: String,
        /// The value that it had.
        was: Option<String>,
        /// The value that it has.
        is: Option<String>,
    },
}

/// What a difference means for who reads it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Class {
    /// Something is not as it was.
    Schema,
    /// Values of an enum, which PostgreSQL cannot drop.
    EnumValues,
    /// An extension, often kept by `IF NOT EXISTS`.
    Extension,
    /// Rows.
    Rows,
    /// The order of columns, which nothing can restore but making the table anew.
    ColumnOrder,
}

impl Class {
    /// As programs read it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::EnumValues => "enum values",
            Self::Extension => "extension",
            Self::Rows => "rows",
            Self::ColumnOrder => COLUMN_ORDER,
        }
    }
}

const ROLE: &str = "role";
const COLUMN: &str = "column";
const COLUMN_ORDER: &str = "column order";
/// Of a property that is there or not.
const YES: &str = "yes";
const PAGES: &str = "has pages";
const ROWS: &str = "rows";
/// A number that is the same for the same rows.
const CONTENT: &str = "content";

/// The query for the roles of the server, prepared on one connection.
pub(crate) fn prepare_roles(own: &mut CatalogSession<'_>) -> Result<Statement, Error> {
    own.prepared(include_str!("snapshot/roles.sql"))
}

const OBJECTS: &str = include_str!("snapshot/objects.sql");

/// The query for all objects, prepared on one connection.
pub(crate) fn prepare(own: &mut CatalogSession<'_>) -> Result<Statement, Error> {
    own.prepared(OBJECTS)
}

impl Snapshot {
    /// Reads everything but what lies in the schema `without`.
    ///
    /// Names are written as they are in `pg_dump`, whatever the session's search path.
    pub(crate) fn take(
        client: &mut impl GenericClient,
        query: &Statement,
        without: &str,
    ) -> Result<Self, Error> {
        let mut own = CatalogSession::unlimited(client)?;
        let mut snapshot = Self::read(&mut own, query, without, (&CurrentSchema::usual(), None))?;
        snapshot.count_rows(&mut own)?;
        Ok(snapshot)
    }

    /// The same, but looks into no table, and into those schemas alone that are named.
    pub(crate) fn take_schema(
        own: &mut CatalogSession<'_>,
        place: (&CurrentSchema, Option<&[String]>),
    ) -> Result<Self, Error> {
        let mut snapshot = Self::read(own, OBJECTS, "", place)?;
        for properties in snapshot.objects.values_mut() {
            properties.values.remove(PAGES);
        }
        Ok(snapshot)
    }

    fn read(
        own: &mut CatalogSession<'_>,
        query: &(impl Asked + ?Sized),
        without: &str,
        (home, schemas): (&CurrentSchema, Option<&[String]>),
    ) -> Result<Self, Error> {
        own.set(include_str!("snapshot/settings.sql"))?;
        let mut objects: BTreeMap<Object, Properties> = BTreeMap::new();
        for row in own.rows(query, &[&without, &home.schema, &schemas])? {
            let mut read = || {
                let object = Object {
                    kind: row.try_get(0)?,
                    name: row.try_get(1)?,
                };
                let properties = objects.entry(object).or_default();
                properties.goes_with = row.try_get(4)?;
                if let Some(value) = row.try_get(3)? {
                    properties.values.insert(row.try_get(2)?, value);
                }
                Ok(())
            };
            let read = read();
            own.explained(read)?;
        }
        Ok(Self { objects })
    }

    /// Adds the roles, which all databases of the server have.
    pub(crate) fn add_roles(
        &mut self,
        client: &mut impl GenericClient,
        query: &Statement,
    ) -> Result<(), Error> {
        for row in CatalogSession::open(client)?.rows(query, &[])? {
            let object = Object {
                kind: ROLE.to_owned(),
                name: row.try_get(0)?,
            };
            let properties = self.objects.entry(object).or_default();
            properties.values.insert(row.try_get(1)?, row.try_get(2)?);
        }
        Ok(())
    }

    /// The names of the roles, quoted where SQL wants it.
    pub(crate) fn roles(&self) -> impl Iterator<Item = &str> {
        self.objects
            .keys()
            .filter(|object| object.kind == ROLE)
            .map(|object| &*object.name)
    }

    /// Looks into the tables that may have rows.
    fn count_rows(&mut self, own: &mut CatalogSession<'_>) -> Result<(), Error> {
        let mut queries = Vec::new();
        for (Object { name, .. }, properties) in &mut self.objects {
            if properties.values.remove(PAGES).is_some() {
                let literal = format!("'{}'", name.replace('\'', "''"));
                let table = qualified(name);
                let query = include_str!("snapshot/rows.sql");
                queries.push(query.replace("{name}", &literal).replace("{table}", &table));
            }
        }
        if queries.is_empty() {
            return Ok(());
        }
        for message in own.texts(&queries.join("UNION ALL "))? {
            let SimpleQueryMessage::Row(row) = message else {
                continue;
            };
            let text = |index| row.get(index).unwrap_or_default().to_owned();
            let values = [(ROWS.to_owned(), text(1)), (CONTENT.to_owned(), text(2))];
            if text(1) != "0" {
                let object = Object {
                    kind: ROWS.to_owned(),
                    name: text(0),
                };
                let properties = Properties {
                    goes_with: Some(text(0)),
                    values: values.into(),
                };
                self.objects.insert(object, properties);
            }
        }
        Ok(())
    }

    /// What is different `now`; of an object that is gone nothing else is said, and nothing
    /// of what goes with it.
    pub(crate) fn differences(&self, now: &Self) -> Vec<Difference> {
        let mut differences = Vec::new();
        for (object, was) in &self.objects {
            match now.objects.get(object) {
                Some(is) => differences.extend(changed(object, was, is)),
                None if was.goes_without(now) => {}
                None => differences.push(Difference::Missing(object.clone())),
            }
        }
        let added = now
            .objects
            .iter()
            .filter(|(object, is)| !self.objects.contains_key(object) && !is.goes_without(self));
        differences.extend(added.map(|(object, _)| Difference::LeftOver(object.clone())));
        // With other columns the rows are others in any case.
        let columns = differences
            .iter()
            .map(Difference::object)
            .filter(|it| it.kind == COLUMN);
        let tables = columns.filter_map(|column| self.table_of(column).or(now.table_of(column)));
        let tables: BTreeSet<String> = tables.map(str::to_owned).collect();
        differences.retain(|it| !(it.is_about(CONTENT) && tables.contains(&it.object().name)));
        differences
    }

    /// The same, but rows count only by their number: times and numbers that the server gives
    /// are not the same again.
    pub(crate) fn differences_when_repeated(&self, now: &Self) -> Vec<Difference> {
        let mut differences = self.differences(now);
        differences.retain(|difference| !difference.is_about(CONTENT));
        differences
    }

    /// The same, without rows.
    pub(crate) fn differences_of_schema(&self, now: &Self) -> Vec<Difference> {
        let mut differences = self.differences(now);
        differences.retain(|difference| difference.class() != Class::Rows);
        differences
    }

    fn table_of(&self, object: &Object) -> Option<&str> {
        self.objects.get(object)?.goes_with.as_deref()
    }

    fn has_table(&self, name: &str) -> bool {
        ["table", "foreign table", "view", "materialized view"]
            .into_iter()
            .any(|kind| {
                let object = Object {
                    kind: kind.to_owned(),
                    name: name.to_owned(),
                };
                self.objects.contains_key(&object)
            })
    }
}

impl Properties {
    /// Whether `other` does not even have the table that this belongs to.
    fn goes_without(&self, other: &Snapshot) -> bool {
        self.goes_with
            .as_ref()
            .is_some_and(|table| !other.has_table(table))
    }
}

fn changed(object: &Object, was: &Properties, is: &Properties) -> Vec<Difference> {
    let mut properties: Vec<&String> = was.values.keys().chain(is.values.keys()).collect();
    properties.sort_unstable();
    properties.dedup();
    let differ = |property: &&String| {
        let (was, is) = (was.values.get(*property), is.values.get(*property));
        let is_order = *property == COLUMN_ORDER;
        was != is && !(is_order && columns(was) != columns(is))
    };
    let changed = properties
        .into_iter()
        .filter(differ)
        .map(|property| Difference::Changed {
            object: object.clone(),
            property: property.clone(),
            was: was.values.get(property).cloned(),
            is: is.values.get(property).cloned(),
        });
    let mut changed: Vec<Difference> = changed.collect();
    // The number of rows says more than that they are others.
    if changed.iter().any(|it| it.is_about(ROWS)) {
        changed.retain(|it| !it.is_about(CONTENT));
    }
    changed
}

/// The columns of a list, whatever their order.
fn columns(list: Option<&String>) -> Vec<&str> {
    let mut columns: Vec<&str> = list
        .map(|list| list.split(", ").collect())
        .unwrap_or_default();
    columns.sort_unstable();
    columns
}

/// A name with its schema: what has no prefix lies in `public`.
pub(crate) fn qualified(name: &str) -> String {
    let mut quoted = false;
    let has_schema = name.chars().any(|sign| {
        quoted ^= sign == '"';
        sign == '.' && !quoted
    });
    if has_schema {
        name.to_owned()
    } else {
        format!("public.{name}")
    }
}

impl Difference {
    /// What kind of difference it is.
    pub(crate) fn class(&self) -> Class {
        let object = self.object();
        match self {
            _ if object.kind == "extension" => Class::Extension,
            _ if object.kind == ROWS => Class::Rows,
            Self::Changed { property, .. } if property == COLUMN_ORDER => Class::ColumnOrder,
            Self::Changed {
                property,
                was: Some(was),
                is: Some(is),
                ..
            } if property == "values"
                && columns(Some(was)).iter().all(|value| is.contains(value)) =>
            {
                Class::EnumValues
            }
            _ => Class::Schema,
        }
    }

    /// What it is about.
    pub(crate) fn object(&self) -> &Object {
        match self {
            Self::Missing(object) | Self::LeftOver(object) | Self::Changed { object, .. } => object,
        }
    }

    /// `missing`, `left over`, or the property that is another one.
    pub(crate) fn word(&self) -> &str {
        match self {
            Self::Missing(_) => "missing",
            Self::LeftOver(_) => "left over",
            Self::Changed { property, .. } => property,
        }
    }

    /// What the property was and is, where one changed.
    pub(crate) fn values(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::Changed { was, is, .. } => (was.as_deref(), is.as_deref()),
            _ => (None, None),
        }
    }

    fn is_about(&self, name: &str) -> bool {
        matches!(self, Self::Changed { property, .. } if property == name)
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(object) if object.kind == ROWS => {
                write!(f, "{} has lost its rows", object.name)
            }
            Self::LeftOver(object) if object.kind == ROWS => {
                write!(f, "{} has kept rows", object.name)
            }
            Self::Missing(object) => write!(f, "{object} is missing"),
            Self::LeftOver(object) => write!(f, "{object} is left over"),
            Self::Changed {
                object, property, ..
            } if property == CONTENT => {
                write!(f, "{} has other rows", object.name)
            }
            Self::Changed {
                object,
                property,
                was,
                is,
            } if property == ROWS => {
                let number = |rows: &Option<String>| rows.clone().unwrap_or_else(|| "0".to_owned());
                write!(
                    f,
                    "rows of {}: {}, were {}",
                    object.name,
                    number(is),
                    number(was)
                )
            }
            Self::Changed {
                object,
                property,
                was: Some(was),
                is: None,
            } if was == YES => {
                write!(f, "{object} is no longer {property}")
            }
            Self::Changed {
                object,
                property,
                was: None,
                is: Some(is),
            } if is == YES => {
                write!(f, "{object} is now {property}")
            }
            Self::Changed {
                object,
                property,
                was: None,
                is: Some(is),
            } => {
                write!(f, "{object} has {property} {}, had none", one_line(is))
            }
            Self::Changed {
                object,
                property,
                was: Some(was),
                is: None,
            } => {
                write!(f, "{object} has lost {property} {}", one_line(was))
            }
            Self::Changed {
                object,
                property,
                was,
                is,
            } => {
                let (was, is) = (
                    was.as_deref().unwrap_or_default(),
                    is.as_deref().unwrap_or_default(),
                );
                write!(
                    f,
                    "{object}: {property} is {}, was {}",
                    one_line(is),
                    one_line(was)
                )
            }
        }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
