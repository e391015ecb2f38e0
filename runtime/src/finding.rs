//! What validation found.

use std::fmt;

use crate::messages;
use crate::sql;
use crate::step::Direction;

/// One reason not to touch the database.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// The migration's version.
    pub version: Option<u64>,
    /// Its file name without direction and extension, as it was recorded where the program
    /// does not have it.
    pub label: String,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a migration.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// Applied, and its files say something else now, in these directions.
    Changed(Vec<Direction>),
    /// Applied, but the program has no such migration, although it has newer ones.
    Missing,
    /// Not applied, although this newer one is.
    OutOfOrder(String),
    /// Applied, and newer than everything the program has.
    Newer,
    /// A script outside a transaction was interrupted, and the goal does not go on with it.
    Interrupted {
        /// Which way it was going.
        direction: Direction,
        /// How many statements are known to be finished.
        done: usize,
        /// How many statements the script has.
        total: usize,
        /// What to do by hand, with the exact SQL.
        recipe: String,
    },
    /// To be rolled back, but there is no way back, for the reason that its down file gives.
    Irreversible(String),
    /// Would be rolled back by text that is stored in the history, and that the program cannot
    /// compare with a script of its own: see [`StoredDown`](crate::StoredDown).
    StoredDown {
        /// The text.
        sql: String,
        /// Its SHA-256, in hexadecimal digits.
        sha256: String,
    },
    /// Runs this Rust function, which the program does not have.
    CodeMissing(String),
    /// Runs outside a transaction, but all was to be in one, or a transaction pooler lies
    /// between, which does not keep to one session.
    Apart,
    /// Requires what is not there: this, and what to do about it.
    Requires(String),
    /// Has a statement that the server would refuse, since something stands on what it takes away.
    InUse {
        /// The line of the up file on which the statement begins.
        line: usize,
        /// The column, table or view that it takes away.
        what: String,
        /// What stands on it.
        used_by: String,
        /// Statements that take that out of the way.
        drop: String,
        /// Statements that make it again.
        create: String,
        /// Whether the run itself makes some of it again, since a repeatable does.
        is_made_again: bool,
    },
    /// Has a character that the database's encoding lacks.
    Encoding {
        /// The file's name; `None` if it stands in the reason that the caller gave.
        file: Option<String>,
        /// Its line, and its column in characters, where they are known.
        place: Option<(usize, usize)>,
        /// The first such character of the file.
        character: char,
        /// The database's encoding.
        encoding: String,
    },
}

impl Finding {
    pub(crate) fn new(version: impl Into<Option<u64>>, label: &str, fault: Fault) -> Self {
        Self {
            version: version.into(),
            label: label.to_owned(),
            fault,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = &self.label;
        f.write_str(&match &self.fault {
            Fault::Changed(directions) => {
                let files = directions
                    .iter()
                    .map(|direction| format!("{label}.{direction}.sql"));
                messages::changed(label, &files.collect::<Vec<_>>().join(", "))
            }
            Fault::Missing => messages::missing(label),
            Fault::OutOfOrder(newest) => messages::out_of_order(label, newest),
            Fault::Newer => messages::newer(label),
            Fault::Apart => messages::apart(label),
            Fault::StoredDown { sql, sha256 } => {
                let sql = format!("\n{}", sql::visible(sql)).replace('\n', "\n    ");
                messages::stored_down(label, &sql, sha256)
            }
            Fault::CodeMissing(path) => messages::code_missing(label, path),
            Fault::Irreversible(reason) => messages::irreversible(label, reason),
            Fault::Requires(what) => messages::requires(label, what),
            Fault::InUse {
                line,
                what,
                used_by,
                drop,
                create,
                is_made_again,
            } => {
                let place = format!("{label}.up.sql:{line}");
                let again = if *is_made_again {
                    messages::made_again()
                } else {
                    String::new()
                };
                messages::in_use(&place, what, used_by, &again, drop, create)
            }
            Fault::Encoding {
                file,
                place,
                character,
                encoding,
            } => {
                let file = match (file, self.version) {
                    (None, _) => messages::the_reason(),
                    (Some(file), None) => format!("repeatable/{file}"),
                    (Some(file), _) => file.clone(),
                };
                let place =
                    place.map_or(String::new(), |(line, column)| format!(":{line}:{column}"));
                let number = format!("U+{:04X}", u32::from(*character));
                messages::encoding_lacks(&(file + &place), encoding, *character, &number)
            }
            Fault::Interrupted {
                direction,
                done,
                total,
                recipe,
            } => {
                let done = format!("{done} of {total} statements are known to be finished");
                format!("{label}.{direction}.sql was interrupted: {done}\n{recipe}")
            }
        })
    }
}
