//! How a statement is sent: as it is, or as what is special about it asks.

use pgstrata::embedded::{Batch, Script, StatementOptionKind};
use postgres::types::Type;
use postgres::{Error, GenericClient};

/// A statement of a script.
pub(super) struct Sent<'m> {
    pub(super) line: u32,
    pub(super) sql: &'m str,
    what: Option<StatementOptionKind<'m>>,
}

impl<'m> Sent<'m> {
    /// All of a script.
    pub(super) fn all(script: &Script<'m>) -> Vec<Self> {
        let special = |index: usize| {
            let found = script
                .special
                .iter()
                .find(|special| special.statement as usize == index);
            found.map(|special| special.what)
        };
        let statements = script.statements().enumerate();
        let sent = statements.map(|(index, statement)| Self {
            line: statement.line,
            sql: script.text(statement),
            what: special(index),
        });
        sent.collect()
    }

    /// Runs it once; of a batch only the first one, from the lowest key there is.
    pub(super) fn run(&self, client: &mut impl GenericClient) -> Result<(), Error> {
        match self.what {
            Some(StatementOptionKind::Optional { .. }) => {
                let mut attempt = client.transaction()?;
                match attempt.batch_execute(self.sql) {
                    Ok(()) => attempt.commit(),
                    Err(error) if is_unavailable(&error) => attempt.rollback(),
                    Err(error) => Err(error),
                }
            }
            Some(StatementOptionKind::Batch(Batch { key: Some(_), .. })) => client
                .query_typed(self.sql, &[(&i64::MIN, Type::INT8)])
                .map(drop),
            _ => client.batch_execute(self.sql),
        }
    }
}

/// Whether the server does not have the extension: since PostgreSQL 15 it says that it does not
/// support that, before it misses the file.
fn is_unavailable(error: &Error) -> bool {
    error
        .code()
        .is_some_and(|code| ["58P01", "0A000"].contains(&code.code()))
}
