//! Which statements a migration runner must tell apart: those that begin or end a transaction, those
//! that refuse one, and code.

use crate::command::{Class, Command, Verb};
use crate::cursor::Cursor;
use crate::lexer::{Token, TokenKind, tokens};
use crate::literal::{identifier, string};
use crate::span::Span;
use crate::statement::{Statement, is_keyword};

/// Statements that a migration runner must tell apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StatementKind {
    /// `BEGIN`, `COMMIT` and their like; the words that say so.
    TransactionControl(Span),
    /// PostgreSQL refuses it inside a transaction block.
    NotInTransaction(NotInTransaction),
    /// `DO` with the token that holds its body.
    Do(Token),
    /// Anything else.
    Other,
}

/// Why a statement needs a file without a transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NotInTransaction {
    /// The words that make it so.
    pub span: Span,
    /// It waits for other sessions, so that a lock timeout would cut it short.
    pub concurrent: bool,
    /// `CREATE INDEX CONCURRENTLY` that leaves the name to the server.
    pub unnamed_index: bool,
}

impl Statement<'_> {
    /// Tells what the statement is.
    pub fn kind(&self) -> StatementKind {
        if let Some(words) = self.transaction_control() {
            return StatementKind::TransactionControl(self.words(words));
        }
        if let Some(reason) = not_in_transaction(&Command::of(*self)) {
            return StatementKind::NotInTransaction(reason);
        }
        match self.do_body() {
            Some(body) => StatementKind::Do(body),
            None => StatementKind::Other,
        }
    }

    /// The first tokens, as a range of the text.
    fn words(&self, count: usize) -> Span {
        self.tokens[0].span.to(self.tokens[count - 1].span)
    }

    /// How many of the first words say that a transaction begins or ends here.
    /// `ROLLBACK TO savepoint` stays inside the transaction and is not one.
    fn transaction_control(&self) -> Option<usize> {
        let first = |keyword| self.is(0, keyword);
        let noise = usize::from(self.is(1, "work") || self.is(1, "transaction"));
        let two_words = (first("start") || first("prepare")) && self.is(1, "transaction")
            || (first("commit") || first("rollback")) && self.is(1, "prepared");
        if two_words {
            Some(2)
        } else if first("rollback") && self.is(1 + noise, "to") {
            None
        } else {
            let words = ["begin", "commit", "end", "abort", "rollback"];
            words.into_iter().any(first).then_some(1)
        }
    }

    /// The body of `DO [LANGUAGE plpgsql] $$…$$`.
    fn do_body(&self) -> Option<Token> {
        if !self.is(0, "do") {
            return None;
        }
        let language = self
            .position_of("language")
            .and_then(|index| self.tokens.get(index + 1))
            .map(|token| identifier(self.text, *token).or_else(|| string(self.text, *token)));
        let speaks_plpgsql = language
            .is_none_or(|name| name.is_some_and(|name| name.eq_ignore_ascii_case("plpgsql")));
        if !speaks_plpgsql {
            return None;
        }
        let is_body =
            |token: &&Token| matches!(token.kind, TokenKind::DollarString | TokenKind::String);
        self.tokens.iter().find(is_body).copied()
    }
}

/// The list was measured on PostgreSQL 15; see the manual page of each command.
fn not_in_transaction(command: &Command<'_>) -> Option<NotInTransaction> {
    let first = command.first;
    let refused = |span, concurrent| NotInTransaction {
        span,
        concurrent,
        unnamed_index: false,
    };
    let waits = || command.concurrently.map(|span| refused(span, true));
    let alone = |span| Some(refused(span, false));
    let whole = first.to(command.class_words);
    match (command.verb, command.class) {
        (Verb::Create, Class::Index) => Some(NotInTransaction {
            unnamed_index: command.name.sees(&["on"]),
            ..waits()?
        }),
        (Verb::Create, Class::Subscription) => {
            let is_alone = !subscribes_without_slot(command.name.rest());
            is_alone.then(|| refused(whole, false))
        }
        (Verb::Reindex, Class::Schema | Class::Database | Class::System) => {
            waits().or_else(|| alone(command.class_words))
        }
        (Verb::Drop, Class::Index) | (Verb::Reindex, _) => waits(),
        (Verb::Alter, Class::Table) => {
            let (_, mut change) = command.table()?;
            change.eat(&["detach", "partition"]).then_some(())?;
            change.name()?;
            change
                .sees(&["concurrently"])
                .then(|| refused(change.span(), true))
        }
        (Verb::Alter, Class::Database) => {
            let (_, mut change) = command.named()?;
            change.eat(&["set"]);
            change
                .sees(&["tablespace"])
                .then(|| refused(change.span(), false))
        }
        (Verb::Create | Verb::Drop, Class::Database | Class::Tablespace)
        | (Verb::Alter, Class::System)
        | (Verb::Discard, Class::All) => alone(whole),
        (Verb::Vacuum, _) => alone(first),
        (Verb::Cluster, _) => clusters_everything(command.name).then(|| refused(first, false)),
        _ => None,
    }
}

/// `CLUSTER`, `CLUSTER VERBOSE` and `CLUSTER (VERBOSE)` without a table.
fn clusters_everything(mut rest: Cursor<'_>) -> bool {
    rest.eat(&["verbose"]);
    rest.parenthesised();
    rest.is_at_end()
}

/// `CREATE SUBSCRIPTION … WITH (connect = false)` or `(create_slot = false)`.
fn subscribes_without_slot(rest: Statement<'_>) -> bool {
    (0..rest.tokens.len()).any(|index| {
        (rest.is(index, "connect") || rest.is(index, "create_slot"))
            && rest.word(index + 1) == "="
            && rest.is_off(index + 2)
    })
}

/// The `COMMIT`s and `ROLLBACK`s that PL/pgSQL code in `body` executes itself.
///
/// `body` is a range of `text`. A word counts at the start of a PL/pgSQL statement only.
pub fn transaction_control_in_body(text: &str, body: Span) -> Vec<Span> {
    let code = body.of(text);
    let code_tokens: Vec<Token> = tokens(code).filter(|token| !token.is_trivia()).collect();
    let begins_statement =
        |index: usize| match index.checked_sub(1).map(|index| &code_tokens[index]) {
            None => true,
            Some(previous) => {
                let before = [";", ">>", "begin", "then", "else", "loop"];
                before
                    .iter()
                    .any(|word| previous.span.of(code).eq_ignore_ascii_case(word))
            }
        };
    let ends_statement = |index: usize| match code_tokens.get(index) {
        None => true,
        Some(next) => next.span.of(code) == ";" || is_keyword(code, next, "and"),
    };
    let controls = |index: &usize| {
        let token = &code_tokens[*index];
        (is_keyword(code, token, "commit") || is_keyword(code, token, "rollback"))
            && begins_statement(*index)
            && ends_statement(*index + 1)
    };
    let found = (0..code_tokens.len()).filter(controls);
    found
        .map(|index| code_tokens[index].span.shifted(body.start))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{StatementKind, transaction_control_in_body};
    use crate::span::Span;
    use crate::split::split;
    use crate::statement::Statement;

    fn kind(text: &str) -> String {
        let split = split("x.sql", text);
        assert_eq!(split.statements.len(), 1, "{text}");
        let statement = Statement::new(text, &split.tokens[split.statements[0].clone()]);
        match statement.kind() {
            StatementKind::TransactionControl(span) => format!("control {}", span.of(text)),
            StatementKind::NotInTransaction(reason) => format!(
                "alone {}{}{}",
                reason.span.of(text),
                if reason.concurrent { " waits" } else { "" },
                if reason.unnamed_index { " unnamed" } else { "" }
            ),
            StatementKind::Do(token) => format!("do {}", token.span.of(text)),
            StatementKind::Other => "other".to_owned(),
        }
    }

    #[test]
    fn transaction_control_is_known_in_every_form() {
        for (text, expected) in [
            ("BEGIN", "control BEGIN"),
            ("begin isolation level serializable;", "control begin"),
            ("START TRANSACTION", "control START TRANSACTION"),
            ("/* x */ Commit work", "control Commit"),
            ("END", "control END"),
            ("ABORT", "control ABORT"),
            ("ROLLBACK AND CHAIN", "control ROLLBACK"),
            ("ROLLBACK TO SAVEPOINT a", "other"),
            ("ROLLBACK WORK TO a", "other"),
            ("SAVEPOINT a", "other"),
            ("PREPARE TRANSACTION 'x'", "control PREPARE TRANSACTION"),
            ("COMMIT PREPARED 'x'", "control COMMIT PREPARED"),
            ("PREPARE p AS SELECT 1", "other"),
            ("SELECT 'COMMIT'", "other"),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_run_in_a_transaction() {
        for (text, expected) in [
            (
                "CREATE INDEX CONCURRENTLY i ON t (a)",
                "alone CONCURRENTLY waits",
            ),
            (
                "create unique index concurrently if not exists i on t (a)",
                "alone concurrently waits",
            ),
            (
                "CREATE INDEX CONCURRENTLY ON t (a)",
                "alone CONCURRENTLY waits unnamed",
            ),
            ("CREATE INDEX concurrently_built ON t (a)", "other"),
            ("CREATE INDEX \"concurrently\" ON t (a)", "other"),
            ("DROP INDEX CONCURRENTLY i", "alone CONCURRENTLY waits"),
            ("REINDEX TABLE t", "other"),
            (
                "REINDEX (VERBOSE, CONCURRENTLY) TABLE t",
                "alone CONCURRENTLY waits",
            ),
            ("REINDEX INDEX CONCURRENTLY i", "alone CONCURRENTLY waits"),
            (
                "REINDEX (CONCURRENTLY on, VERBOSE) INDEX i",
                "alone CONCURRENTLY waits",
            ),
            ("REINDEX (CONCURRENTLY false) INDEX i", "other"),
            ("REINDEX (VERBOSE, concurrently 'off') TABLE t", "other"),
            ("REINDEX (CONCURRENTLY 0) SCHEMA s", "alone SCHEMA"),
            ("REINDEX SCHEMA s", "alone SCHEMA"),
            ("VACUUM FULL t", "alone VACUUM"),
            ("CLUSTER", "alone CLUSTER"),
            ("CLUSTER (VERBOSE)", "alone CLUSTER"),
            ("CLUSTER t USING i", "other"),
            ("CREATE DATABASE d", "alone CREATE DATABASE"),
            ("DROP TABLESPACE s", "alone DROP TABLESPACE"),
            ("ALTER DATABASE d SET TABLESPACE s", "alone TABLESPACE"),
            ("ALTER DATABASE d SET search_path = x", "other"),
            ("ALTER SYSTEM SET a = 1", "alone ALTER SYSTEM"),
            (
                "ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
                "alone CONCURRENTLY waits",
            ),
            ("ALTER TABLE t DETACH PARTITION p", "other"),
            (
                "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p",
                "alone CREATE SUBSCRIPTION",
            ),
            (
                "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (connect = false)",
                "other",
            ),
            ("DISCARD ALL", "alone DISCARD ALL"),
            ("DISCARD PLANS", "other"),
            ("REFRESH MATERIALIZED VIEW CONCURRENTLY v", "other"),
            ("ALTER TYPE t ADD VALUE 'x'", "other"),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
    }

    #[test]
    fn do_bodies() {
        assert_eq!(kind("DO $$ BEGIN NULL; END $$"), "do $$ BEGIN NULL; END $$");
        assert_eq!(kind("DO LANGUAGE plpgsql 'BEGIN END'"), "do 'BEGIN END'");
        assert_eq!(kind("DO LANGUAGE plperl $$ x $$"), "other");
    }

    #[test]
    fn commits_in_bodies_are_statements_not_words() {
        let controls = |code: &str| {
            let found = transaction_control_in_body(code, Span::new(0, code.len()));
            found
                .into_iter()
                .map(|span| span.of(code).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            controls("BEGIN INSERT INTO t VALUES (1); COMMIT; END"),
            ["COMMIT"]
        );
        assert_eq!(
            controls("BEGIN IF x THEN ROLLBACK; ELSE COMMIT AND CHAIN; END IF; END"),
            ["ROLLBACK", "COMMIT"]
        );
        assert_eq!(
            controls("BEGIN x := 'COMMIT;'; -- COMMIT;\n PERFORM commit; END"),
            [""; 0]
        );
        assert_eq!(
            controls("DECLARE rollback int; BEGIN rollback := 1; END"),
            [""; 0]
        );
    }
}
