//! Statements that are not simply sent: an extension that may be left out, batches, and what
//! refuses transactions.

use crate::command::{Class, Command, Verb};
use crate::diagnostic::Diagnostic;
use crate::directive::{Directive, Pace};
use crate::row_change::{narrows, parameters, returns, selects, verb};
use crate::span::Span;
use crate::statement::Statement;
use crate::target::Target;

/// A statement that is not simply sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StatementOption {
    /// Which one of its script.
    pub statement: usize,
    /// What is special about it.
    pub what: StatementOptionKind,
}

/// What is special about a statement.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum StatementOptionKind {
    /// Left out where the server does not have the extension to install.
    Optional {
        /// The extension.
        extension: String,
    },
    /// Repeated, a transaction each, until it touches no row.
    Batch(Batch),
    /// Refuses to run inside a transaction.
    Alone(Target),
}

/// How a statement is repeated.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Batch {
    /// How fast and how far.
    pub pace: Pace,
    /// A query for the number of rows in all.
    pub total: Option<String>,
    /// The column that the statement walks along.
    pub key: Option<String>,
}

/// What the directives above one statement say of it, each with its place.
#[derive(Debug, Default)]
pub struct StatementDirectives {
    optional: Option<Span>,
    batch: Option<(Pace, Span)>,
    total: Option<(String, Span)>,
    key: Option<(String, Span)>,
}

impl StatementDirectives {
    /// Takes one directive in; false if it was there already.
    pub fn add(&mut self, directive: Directive, comment: Span) -> bool {
        match directive {
            Directive::Optional => self.optional.replace(comment).is_none(),
            Directive::Batch(pace) => self.batch.replace((pace, comment)).is_none(),
            Directive::Total(query) => self.total.replace((query, comment)).is_none(),
            Directive::Key(column) => self.key.replace((column, comment)).is_none(),
            _ => true,
        }
    }

    /// What they come to, if the statement is one that they can be said of; otherwise why
    /// not.
    pub fn resolve(
        self,
        file: &str,
        statement: Statement<'_>,
        transaction: bool,
    ) -> Result<Option<StatementOptionKind>, Diagnostic> {
        if let Some(span) = self.optional {
            let extension = extension(statement);
            return extension
                .map(|extension| Some(StatementOptionKind::Optional { extension }))
                .ok_or_else(|| {
                    let refused = error("`optional` is about `CREATE EXTENSION`, and this is none");
                    refused
                        .help("remove the directive, or write it above the extension")
                        .at(file, span)
                });
        }
        let Some((pace, span)) = self.batch else {
            let (name, span) = match (self.total, self.key) {
                (Some((_, span)), _) => ("total", span),
                (None, Some((_, span))) => ("key", span),
                (None, None) => return Ok(None),
            };
            let refused = error(format!(
                "`{name}` is a part of `batch`, and there is none here"
            ));
            let help = "write `-- pgstrata: batch` above the same statement";
            return Err(refused.help(help).at(file, span));
        };
        if transaction {
            let refused = error("a batch needs a file without a transaction")
                .why("each batch commits, so that no row stays locked for long")
                .help("begin the file with `-- pgstrata: no-transaction`");
            return Err(refused.at(file, span));
        }
        let (key, total) = (
            self.key.map(|(key, _)| key),
            self.total.map(|(query, _)| query),
        );
        check_repeatable(statement).map_err(|refused| refused.at(file, span))?;
        check_key(file, statement, key.as_deref())?;
        Ok(Some(StatementOptionKind::Batch(Batch { pace, total, key })))
    }
}

/// The name in `CREATE EXTENSION`.
fn extension(statement: Statement<'_>) -> Option<String> {
    let mut command = Command::of(statement);
    let creates = command.is(Verb::Create, Class::Extension);
    creates.then(|| command.name.identifier())?
}

/// Whether the statement can be run again and again, and ends to find rows one day.
fn check_repeatable(statement: Statement<'_>) -> Result<(), Diagnostic> {
    let verb = verb(statement);
    let is_change = match verb {
        Verb::Update | Verb::Delete => true,
        Verb::Insert => selects(statement),
        _ => false,
    };
    if !is_change {
        return Err(
            error("only `UPDATE`, `DELETE` and `INSERT … SELECT` go in batches")
                .why("it is repeated until it touches no row")
                .help(
                    "remove the directive, or write it above the statement that changes the rows",
                ),
        );
    }
    if verb != Verb::Delete && !narrows(statement) {
        return Err(
            error("this batch would never end: nothing says which rows are left").help(
                "find what is still to do: `UPDATE account SET active = true WHERE id IN \
             (SELECT id FROM account WHERE active IS NULL LIMIT 1000)`",
            ),
        );
    }
    Ok(())
}

/// A walk along a key takes the last value as `$1` and returns the next ones.
fn check_key(file: &str, statement: Statement<'_>, key: Option<&str>) -> Result<(), Diagnostic> {
    let column = key.unwrap_or("id");
    let help = format!(
        "write `-- pgstrata: key {column}` above a statement such as `UPDATE account SET active = \
         true WHERE {column} IN (SELECT {column} FROM account WHERE {column} > $1 ORDER BY \
         {column} LIMIT 1000) RETURNING {column}`"
    );
    let refused = |message: String, span| Err(error(message).help(help.clone()).at(file, span));
    let other =
        parameters(statement).find(|token| key.is_none() || token.span.of(statement.text) != "$1");
    match (key, other) {
        (None, Some(parameter)) => refused(
            "without `key` nothing gives this parameter a value".to_owned(),
            parameter.span,
        ),
        (Some(_), Some(parameter)) => refused(
            "only `$1` has a value here: the last one of the key".to_owned(),
            parameter.span,
        ),
        (Some(key), None) if parameters(statement).next().is_none() => refused(
            format!("a walk along `{key}` goes on behind the last value, and `$1` is missing"),
            statement.span(),
        ),
        (Some(key), None) if !returns(statement, key) => refused(
            format!(
                "a walk along `{key}` needs the values: end the statement with `RETURNING {key}`"
            ),
            statement.span(),
        ),
        _ => Ok(()),
    }
}

fn error(message: impl Into<String>) -> Diagnostic {
    Diagnostic::error("directive", message)
}

#[cfg(test)]
mod tests {
    use crate::file_name::Purpose;
    use crate::script::Script;

    /// What is refused of a file that says `no-transaction`, with the words pointed at.
    fn refused(text: &str) -> String {
        let text = format!("-- pgstrata: no-transaction\n{text}");
        let Err(found) = Script::read("x.sql", &text, Purpose::Up) else {
            return String::new();
        };
        let shown = found.into_iter().map(|found| {
            let place = found.labels[0].span.map_or("", |span| span.of(&text));
            format!("{} | {place}", found.message)
        });
        shown.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn statements_that_go_in_batches() {
        for statement in [
            "UPDATE t SET a = 1 WHERE a IS NULL",
            "DELETE FROM t USING (SELECT id FROM t LIMIT 9) AS old WHERE t.id = old.id",
            "DELETE FROM t",
            "INSERT INTO t SELECT * FROM s ON CONFLICT DO NOTHING",
            "WITH moved AS (DELETE FROM t WHERE a RETURNING *) INSERT INTO s SELECT * FROM moved",
            "WITH RECURSIVE update AS (SELECT 1), b (c) AS MATERIALIZED (SELECT 1) UPDATE t SET a = 1 WHERE b",
        ] {
            assert_eq!(
                refused(&format!("-- pgstrata: batch\n{statement}")),
                "",
                "{statement}"
            );
        }
        for statement in [
            "SELECT 1",
            "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING",
            "TRUNCATE t",
            "WITH gone AS (DELETE FROM t WHERE a RETURNING *) SELECT count(*) FROM gone",
            "VACUUM t",
        ] {
            let expected =
                "only `UPDATE`, `DELETE` and `INSERT … SELECT` go in batches | -- pgstrata: batch";
            assert_eq!(
                refused(&format!("-- pgstrata: batch\n{statement}")),
                expected
            );
        }
        for endless in ["UPDATE t SET a = 1", "INSERT INTO t SELECT * FROM s"] {
            let found = refused(&format!("-- pgstrata: batch\n{endless}"));
            assert!(found.starts_with("this batch would never end"), "{found}");
        }
        assert_eq!(
            Script::read("x.sql", "-- pgstrata: batch\nDELETE FROM t", Purpose::Up)
                .expect_err("refused")[0]
                .message,
            "a batch needs a file without a transaction"
        );
    }

    #[test]
    fn walks_along_a_key() {
        let walk = |statement: &str| {
            refused(&format!(
                "-- pgstrata: key id\n-- pgstrata: batch\n{statement}"
            ))
        };
        for statement in [
            "UPDATE t SET a = 1 WHERE id IN (SELECT id FROM t WHERE id > $1 LIMIT 9) RETURNING id",
            "DELETE FROM t WHERE id > $1 RETURNING t.ID",
            "DELETE FROM t WHERE id > $1 AND id < $1 + 9 RETURNING \"id\"",
        ] {
            assert_eq!(walk(statement), "", "{statement}");
        }
        for (statement, expected) in [
            (
                "DELETE FROM t WHERE a RETURNING id",
                "a walk along `id` goes on behind the last value, and `$1` is missing | DELETE FROM t WHERE a RETURNING id",
            ),
            (
                "DELETE FROM t WHERE id > $1",
                "a walk along `id` needs the values: end the statement with `RETURNING id` | DELETE FROM t WHERE id > $1",
            ),
            (
                "DELETE FROM t WHERE id > $1 RETURNING id, a",
                "a walk along `id` needs the values: end the statement with `RETURNING id` | DELETE FROM t WHERE id > $1 RETURNING id, a",
            ),
            (
                "DELETE FROM t WHERE id > $1 AND a < $2 RETURNING id",
                "only `$1` has a value here: the last one of the key | $2",
            ),
        ] {
            assert_eq!(walk(statement), expected);
        }
        assert_eq!(
            refused("-- pgstrata: batch\nDELETE FROM t WHERE id > $1"),
            "without `key` nothing gives this parameter a value | $1"
        );
    }

    #[test]
    fn directives_that_do_not_fit_the_statement() {
        for (text, expected) in [
            (
                "-- pgstrata: optional\nCREATE TABLE t ()",
                "`optional` is about `CREATE EXTENSION`, and this is none | -- pgstrata: optional",
            ),
            (
                "-- pgstrata: total SELECT 1\nDELETE FROM t",
                "`total` is a part of `batch`, and there is none here | -- pgstrata: total SELECT 1",
            ),
            (
                "-- pgstrata: key id\nDELETE FROM t",
                "`key` is a part of `batch`, and there is none here | -- pgstrata: key id",
            ),
            (
                "-- pgstrata: batch\n-- pgstrata: batch\nDELETE FROM t",
                "this directive stands here twice | -- pgstrata: batch",
            ),
        ] {
            assert_eq!(refused(text), expected);
        }
        assert_eq!(
            refused("-- pgstrata: optional\nCREATE EXTENSION IF NOT EXISTS e"),
            ""
        );
    }
}
