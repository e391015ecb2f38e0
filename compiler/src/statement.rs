//! What a statement is, as far as the rules ask.

use std::fmt;

use crate::lexer::{Token, TokenKind, tokens};
use crate::literal::{identifier, string};
use crate::span::Span;

/// One statement: its tokens without comments and without the closing semicolon.
#[derive(Clone, Copy, Debug)]
pub struct Statement<'a> {
    /// The text of the whole file.
    pub text: &'a str,
    /// At least one.
    pub tokens: &'a [Token],
    /// Where its names are.
    pub(crate) names: Option<&'a dyn Names>,
}

/// Knows the schema of a name that is written without one (PostgreSQL manual: The Schema Search
/// Path).
pub trait Names: fmt::Debug + Sync {
    /// Of what is there.
    fn schema_of(&self, name: &str) -> &str;
    /// Of what is made.
    fn schema_of_new(&self) -> &str;
}

/// The schema of a name that nothing else says.
pub const USUAL_SCHEMA: &str = "public";

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

impl<'a> Statement<'a> {
    /// Some tokens of a text, whose names are in the usual schema.
    pub fn new(text: &'a str, tokens: &'a [Token]) -> Self {
        Self {
            text,
            tokens,
            names: None,
        }
    }

    /// The same, with its names where these are.
    #[must_use]
    pub fn named_by(self, names: &'a dyn Names) -> Self {
        Self {
            names: Some(names),
            ..self
        }
    }

    pub(crate) fn schema_of(&self, name: &str) -> &str {
        self.names
            .map_or(USUAL_SCHEMA, |names| names.schema_of(name))
    }

    pub(crate) fn schema_of_new(&self) -> &str {
        self.names.map_or(USUAL_SCHEMA, Names::schema_of_new)
    }

    /// From the first to the last token.
    pub fn span(&self) -> Span {
        self.tokens[0]
            .span
            .to(self.tokens[self.tokens.len() - 1].span)
    }

    /// The token's text.
    pub fn word(&self, index: usize) -> &'a str {
        self.tokens
            .get(index)
            .map_or("", |token| token.span.of(self.text))
    }

    /// Whether the token is this keyword, unquoted and in any case.
    pub fn is(&self, index: usize, keyword: &str) -> bool {
        let token = self.tokens.get(index);
        token.is_some_and(|token| is_keyword(self.text, token, keyword))
    }

    /// Whether the tokens from `index` on are these keywords.
    pub fn are(&self, index: usize, keywords: &[&str]) -> bool {
        keywords
            .iter()
            .enumerate()
            .all(|(offset, keyword)| self.is(index + offset, keyword))
    }

    /// The part of it that lies within a range of the text.
    #[must_use]
    pub fn within(&self, span: Span) -> Self {
        let place = |offset| {
            self.tokens
                .partition_point(|token| token.span.start < offset)
        };
        Self {
            tokens: &self.tokens[place(span.start)..place(span.end)],
            ..*self
        }
    }

    /// Whether one of its tokens is this name.
    pub fn names(&self, name: &str) -> bool {
        let named = |token: &Token| identifier(self.text, *token).is_some_and(|it| it == name);
        self.tokens.iter().any(named)
    }

    /// Whether the keyword stands anywhere in it.
    pub fn finds_word(&self, keyword: &str) -> bool {
        self.position_of(keyword).is_some()
    }

    /// Whether the keywords stand side by side anywhere in it.
    pub fn finds_words(&self, keywords: &[&str]) -> bool {
        (0..self.tokens.len()).any(|index| self.are(index, keywords))
    }

    /// Tells what the statement is.
    pub fn kind(&self) -> StatementKind {
        if let Some(words) = self.transaction_control() {
            return StatementKind::TransactionControl(self.words(0, words));
        }
        if let Some(reason) = self.not_in_transaction() {
            return StatementKind::NotInTransaction(reason);
        }
        match self.do_body() {
            Some(body) => StatementKind::Do(body),
            None => StatementKind::Other,
        }
    }

    /// `count` tokens from `first` on, as a range of the text.
    fn words(&self, first: usize, count: usize) -> Span {
        self.tokens[first]
            .span
            .to(self.tokens[first + count - 1].span)
    }

    fn position_of(&self, keyword: &str) -> Option<usize> {
        (0..self.tokens.len()).find(|&index| self.is(index, keyword))
    }

    /// How many of the first words say that a transaction begins or ends here.
    /// `ROLLBACK TO savepoint` stays inside and is none.
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

    /// The list was measured on PostgreSQL 15; see the manual page of each command.
    fn not_in_transaction(&self) -> Option<NotInTransaction> {
        let refused = |first, count, concurrent| {
            Some(NotInTransaction {
                span: self.words(first, count),
                concurrent,
                unnamed_index: false,
            })
        };
        let concurrently = || self.position_of("concurrently");
        if self.is(0, "create") {
            let unique = usize::from(self.is(1, "unique"));
            if self.are(1 + unique, &["index", "concurrently"]) {
                let reason = refused(2 + unique, 1, true)?;
                return Some(NotInTransaction {
                    unnamed_index: self.is(3 + unique, "on"),
                    ..reason
                });
            }
            return match () {
                () if self.is(1, "database") || self.is(1, "tablespace") => refused(0, 2, false),
                () if self.is(1, "subscription") && !self.subscribes_without_slot() => {
                    refused(0, 2, false)
                }
                () => None,
            };
        }
        if self.are(0, &["drop", "index", "concurrently"]) {
            return refused(2, 1, true);
        }
        if self.is(0, "drop") && (self.is(1, "database") || self.is(1, "tablespace")) {
            return refused(0, 2, false);
        }
        if self.is(0, "reindex") {
            let whole = ["schema", "database", "system"].into_iter();
            return match (
                self.reindexes_concurrently(),
                whole.filter_map(|keyword| self.position_of(keyword)).min(),
            ) {
                (Some(index), _) => refused(index, 1, true),
                (None, Some(index)) => refused(index, 1, false),
                (None, None) => None,
            };
        }
        if self.are(0, &["alter", "table"]) && self.position_of("detach").is_some() {
            return refused(concurrently()?, 1, true);
        }
        if self.are(0, &["alter", "database"]) {
            let index = self.position_of("tablespace")?;
            return refused(index, 1, false);
        }
        if self.is(0, "vacuum") {
            return refused(0, 1, false);
        }
        if self.are(0, &["alter", "system"]) || self.are(0, &["discard", "all"]) {
            return refused(0, 2, false);
        }
        if self.is(0, "cluster") && self.clusters_everything() {
            return refused(0, 1, false);
        }
        None
    }

    /// `CLUSTER`, `CLUSTER VERBOSE` and `CLUSTER (VERBOSE)` without a table.
    fn clusters_everything(&self) -> bool {
        let last = self.tokens.len() - 1;
        last == 0
            || last == 1 && self.is(1, "verbose")
            || self.word(1) == "(" && self.word(last) == ")"
    }

    /// `CREATE SUBSCRIPTION … WITH (connect = false)` or `(create_slot = false)`.
    fn subscribes_without_slot(&self) -> bool {
        (0..self.tokens.len()).any(|index| {
            (self.is(index, "connect") || self.is(index, "create_slot"))
                && self.word(index + 1) == "="
                && self.is_off(index + 2)
        })
    }

    /// Whether an option's value at `index` switches it off (PostgreSQL manual: VACUUM, boolean).
    pub(crate) fn is_off(&self, index: usize) -> bool {
        let value = self.word(index);
        let off = ["false", "off", "0", "'false'", "'off'"];
        off.iter().any(|off| value.eq_ignore_ascii_case(off))
    }

    /// Where `REINDEX` is told to build beside, unless it is told not to.
    pub(crate) fn reindexes_concurrently(&self) -> Option<usize> {
        let is_it = |&index: &usize| self.is(index, "concurrently") && !self.is_off(index + 1);
        (0..self.tokens.len()).find(is_it)
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

/// Whether the token is this keyword, unquoted and in any case.
fn is_keyword(text: &str, token: &Token, keyword: &str) -> bool {
    token.kind == TokenKind::Word && token.span.of(text).eq_ignore_ascii_case(keyword)
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
    use super::{Statement, StatementKind, transaction_control_in_body};
    use crate::span::Span;
    use crate::split::split;

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
