//! Sample rows that somebody wrote: `tests/seed.sql`. Each statement runs behind the first
//! migration where the server accepts it, so that a file for the newest schema fills the older
//! ones as far as they go, and later migrations find its rows.

use std::collections::BTreeMap;
use std::path::Path;

use pgstrata_compiler::action::Action;
use pgstrata_compiler::cursor::Name;
use pgstrata_compiler::file_name::Purpose;
use pgstrata_compiler::grammar;
use pgstrata_compiler::script::Script;
use pgstrata_compiler::source::normalised;
use pgstrata_compiler::span::Span;
use postgres::{Client, SimpleQueryMessage};

use super::finding::{Moment, RehearsalFinding};
use crate::failure::Failure;
use crate::shadow::{Link, ShadowDatabase, caused, said, sentence};

/// Its name in the directory.
pub(crate) const FILE: &str = "tests/seed.sql";

/// The file.
#[derive(Debug)]
pub(crate) struct Seed {
    text: String,
    statements: Vec<Statement>,
}

#[derive(Debug)]
struct Statement {
    span: Span,
    line: u32,
    does: Does,
}

#[derive(Debug)]
enum Does {
    /// Changes rows of these tables: not done as long as there are none to change.
    Rows(Vec<Name>),
    /// Something for the session, which ends behind each migration.
    Setting,
    Anything,
}

/// What of it is still to be loaded into one database.
pub(crate) struct Sowing<'s> {
    seed: &'s Seed,
    /// With what the server said of it last.
    pending: BTreeMap<usize, Option<String>>,
}

impl Seed {
    /// Reads the file, where there is one.
    pub(crate) fn read(dir: &Path) -> Result<Option<Self>, Failure> {
        let path = dir.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => normalised(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Failure::file("read", &path, &error)),
        };
        let script = Script::read(FILE, &text, Purpose::Test).map_err(|found| said(&found))?;
        if !script.expected_errors.is_empty() {
            return Err(Failure::check(format!(
                "{FILE}: nothing is expected to fail in it; move that to a test such as tests/0007_rejects_bad_status.sql"
            )));
        }
        let does = script
            .statements()
            .map(|statement| match grammar::read(statement) {
                Action::Data(data) => Does::Rows(data.tables),
                Action::Set(_) => Does::Setting,
                _ => Does::Anything,
            });
        let places = script.boundaries().zip(does);
        let statements = places.map(|((span, line, _), does)| Statement { span, line, does });
        Ok(Some(Self {
            statements: statements.collect(),
            text,
        }))
    }
}

impl<'s> Sowing<'s> {
    pub(crate) fn new(seed: Option<&'s Seed>) -> Option<Self> {
        let seed = seed?;
        Some(Self {
            seed,
            pending: (0..seed.statements.len()).map(|it| (it, None)).collect(),
        })
    }

    /// Whether anything but settings is still to be loaded.
    pub(crate) fn awaits(&self) -> bool {
        self.statements()
            .any(|statement| !matches!(statement.does, Does::Setting))
    }

    /// Loads what can be loaded now, in the file's order and in one transaction.
    pub(crate) fn sow(&mut self, shadow: &mut ShadowDatabase<'_>) -> Result<(), Failure> {
        if !self.awaits() {
            return Ok(());
        }
        let Link { client, .. } = shadow.link()?;
        let before = self.pending.clone();
        let committed = self.round(client).map_err(caused)?;
        if let Err(text) = committed {
            // A constraint that is asked at the end of the transaction: all of it waits.
            self.pending = before;
            self.pending
                .values_mut()
                .for_each(|said| *said = Some(text.clone()));
        }
        client
            .batch_execute("RESET ROLE; RESET ALL")
            .map_err(caused)
    }

    fn round(&mut self, client: &mut Client) -> Result<Result<(), String>, postgres::Error> {
        let mut transaction = client.transaction()?;
        for (index, statement) in self.seed.statements.iter().enumerate() {
            if !self.pending.contains_key(&index) {
                continue;
            }
            let mut attempt = transaction.transaction()?;
            match attempt.simple_query(statement.span.of(&self.seed.text)) {
                Ok(messages) => {
                    attempt.commit()?;
                    if statement.is_done(&messages) {
                        self.pending.remove(&index);
                    } else {
                        self.pending.insert(index, None);
                    }
                }
                Err(error) => {
                    self.pending.insert(index, Some(sentence(&error)));
                    attempt.rollback()?;
                }
            }
        }
        Ok(transaction.commit().map_err(|error| sentence(&error)))
    }

    /// Tables for which it still has rows, so that no others are made for them.
    pub(crate) fn tables(&self) -> Vec<&'s Name> {
        let tables = self
            .statements()
            .filter_map(|statement| match &statement.does {
                Does::Rows(tables) => Some(tables),
                Does::Setting | Does::Anything => None,
            });
        tables.flatten().collect()
    }

    fn statements(&self) -> impl Iterator<Item = &'s Statement> {
        self.pending
            .keys()
            .filter_map(|index| self.seed.statements.get(*index))
    }

    /// What could be loaded behind no migration.
    pub(crate) fn findings(&self) -> Vec<RehearsalFinding> {
        let refused = self.pending.iter().filter_map(|(index, said)| {
            let line = self.seed.statements.get(*index)?.line;
            let text = format!("line {line}: {}", said.as_ref()?);
            Some(RehearsalFinding::fails(Moment::Test(FILE.to_owned()), text))
        });
        refused.collect()
    }
}

impl Statement {
    fn is_done(&self, messages: &[SimpleQueryMessage]) -> bool {
        match self.does {
            Does::Rows(_) => messages
                .iter()
                .any(|message| matches!(message, SimpleQueryMessage::CommandComplete(1..))),
            Does::Setting => false,
            Does::Anything => true,
        }
    }
}
