//! Where a database is not what it should be.

use std::fmt;

use super::{Schema, repair};
use crate::schema::snapshot::{Class, Difference, Object};

/// One thing in which a database is not what it should be.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Drift {
    /// `table`, `column`, `index` and so on.
    pub kind: String,
    /// Its name, with the schema where that is not `public`, or what stands first in the path.
    pub name: String,
    /// In what.
    pub what: DriftKind,
    /// SQL that would repair it, where that can be said; read it before you run it.
    pub repair: Option<String>,
    /// Worth knowing, and harmless: the order of columns.
    pub is_note: bool,
}

/// How it differs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum DriftKind {
    /// It should be there.
    Missing,
    /// It should not.
    Extra,
    /// One of its properties is another one.
    Changed {
        /// Which one.
        property: String,
        /// In the server's words; nothing where there should be none.
        expected: Option<String>,
        /// The same, as it is.
        found: Option<String>,
    },
}

impl Schema {
    /// Where `found` is not what this schema is, by kind and name.
    ///
    /// Schemas of different major versions are compared without expressions.
    ///
    /// ```no_run
    /// # let mut client = postgres::Client::connect("", postgres::NoTls)?;
    /// use pgstrata_tools::{History, Schema};
    ///
    /// // include_str!("../migrations/schema.snapshot.json")
    /// # let snapshot = "";
    /// let expected = Schema::from_json(snapshot)?;
    /// for drift in expected.drift(&Schema::read(&mut client, &History::default())?) {
    ///     eprintln!("{drift}");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn drift(&self, found: &Self) -> Vec<Drift> {
        let home = &found.home;
        let differences = self.differences(found);
        let text = |text: String| home.remembered(&text);
        let mut all: Vec<Drift> = differences
            .iter()
            .filter(|difference| !self.is_inherited(found, difference))
            .map(|difference| Drift {
                kind: difference.object().kind.clone(),
                name: text(difference.object().name.clone()),
                what: match what(difference) {
                    DriftKind::Changed {
                        property,
                        expected,
                        found,
                    } if property != "comment" => DriftKind::Changed {
                        property,
                        expected: expected.map(text),
                        found: found.map(text),
                    },
                    what => what,
                },
                repair: repair::of(self, found, difference).map(text),
                is_note: difference.class() == Class::ColumnOrder,
            })
            .collect();
        // DriftKind is missing may need the place of what should not be there.
        all.sort_by_key(|drift| !matches!(drift.what, DriftKind::Extra));
        all
    }

    /// What is different in `other`, with the words of both servers.
    fn differences(&self, other: &Self) -> Vec<Difference> {
        let view = self.common_view(other);
        let mut differences = self.seen(view).differences(&other.seen(view));
        for difference in &mut differences {
            if let Difference::Changed {
                object,
                property,
                was,
                is,
            } = difference
            {
                *was = self.value(object, property).or(was.take());
                *is = other.value(object, property).or(is.take());
            }
        }
        differences
    }

    /// What comes from a parent has been said of that one.
    fn is_inherited(&self, found: &Self, difference: &Difference) -> bool {
        let object = difference.object();
        let inherits = |schema: &Self| {
            schema
                .properties(object)
                .is_none_or(|it| it.values.contains_key("inherited"))
        };
        let own = ["missing", "left over", "definition", "type"];
        own.contains(&difference.word()) && inherits(self) && inherits(found)
    }

    fn value(&self, object: &Object, property: &str) -> Option<String> {
        self.properties(object)?.values.get(property).cloned()
    }
}

fn what(difference: &Difference) -> DriftKind {
    match difference {
        Difference::Missing(_) => DriftKind::Missing,
        Difference::LeftOver(_) => DriftKind::Extra,
        Difference::Changed {
            property, was, is, ..
        } => DriftKind::Changed {
            property: property.clone(),
            expected: was.clone(),
            found: is.clone(),
        },
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind, name, what, ..
        } = self;
        write!(f, "{kind} {name}")?;
        match what {
            DriftKind::Missing => f.write_str(" is missing"),
            DriftKind::Extra => f.write_str(" is made by no migration"),
            DriftKind::Changed {
                property,
                expected: None,
                found: Some(found),
            } if found == "yes" => {
                write!(f, " is {property}, and should not be")
            }
            DriftKind::Changed {
                property,
                expected: Some(expected),
                found: None,
            } if expected == "yes" => {
                write!(f, " is not {property}, and should be")
            }
            DriftKind::Changed {
                property,
                expected,
                found,
            } => {
                let [expected, found] = [expected, found].map(|value| short(value.as_deref()));
                if expected.len() + found.len() + property.len() < 60 {
                    write!(f, ": {property} is {found}, should be {expected}")
                } else {
                    write!(
                        f,
                        ": {property} is\n      {found}\n    and should be\n      {expected}"
                    )
                }
            }
        }
    }
}

/// On one line of a terminal; what is longer stands in JSON.
fn short(value: Option<&str>) -> String {
    let Some(value) = value else {
        return "none".to_owned();
    };
    let line = value.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(72) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
