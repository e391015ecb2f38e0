//! One file of a migration: its text, cut into statements, and its directives.

use std::ops::Range;
use std::time::Duration;

use crate::checksum::{Sha256Digest, TokenStream};
use crate::diagnostic::Diagnostic;
use crate::directive::Directive;
use crate::file_name::Direction;
use crate::lexer::{Token, TokenKind};
use crate::span::Span;
use crate::split::split;
use crate::statement::{Kind, Statement};

/// One file: its text, statements and directives.
#[derive(Debug)]
pub struct Script {
    /// The file's name in the directory.
    pub file: String,
    /// The text that is checked, hashed, embedded and sent.
    pub text: String,
    /// What the server's parser sees.
    pub tokens: Vec<Token>,
    /// Statements as ranges of `tokens`, without the semicolon.
    pub statements: Vec<Range<usize>>,
    /// The line on which each statement begins, from 1.
    pub lines: Vec<u32>,
    /// What each statement is.
    pub kinds: Vec<Kind>,
    /// Whether the statements share one transaction.
    pub transaction: bool,
    /// Where the file says that they do not.
    pub no_transaction: Option<Span>,
    /// Why there is no way back, in a down file.
    pub irreversible: Option<String>,
    /// Lower versions that this one builds on, each where the file says so.
    pub requires: Vec<(u64, Span)>,
    /// Instead of the runner's.
    pub lock_timeout: Option<Duration>,
    /// Instead of the runner's.
    pub statement_timeout: Option<Duration>,
    /// Rules that are silenced here.
    pub allows: Vec<Allow>,
    /// What the server will execute, as one number.
    pub checksum: Sha256Digest,
}

/// One silenced rule.
#[derive(Debug)]
pub struct Allow {
    /// The rule's id.
    pub rule: String,
    /// For this statement only; otherwise for the file.
    pub statement: Option<usize>,
    /// The comment that says so.
    pub span: Span,
}

impl Script {
    /// Cuts one file and reads its directives.
    pub fn read(file: &str, text: &str, direction: Direction) -> Result<Self, Vec<Diagnostic>> {
        let split = split(file, text);
        let mut script = Self {
            file: file.to_owned(),
            text: text.to_owned(),
            tokens: split.tokens,
            statements: split.statements,
            lines: Vec::new(),
            kinds: Vec::new(),
            transaction: true,
            no_transaction: None,
            irreversible: None,
            requires: Vec::new(),
            lock_timeout: None,
            statement_timeout: None,
            allows: Vec::new(),
            checksum: Sha256Digest::default(),
        };
        let mut diagnostics = split.diagnostics;
        for comment in split.comments.iter().filter(|token| token.kind == TokenKind::LineComment) {
            if let Some(directive) = Directive::parse(comment.span.of(text)) {
                let accepted = directive
                    .and_then(|directive| script.direct(directive, comment.span, direction));
                diagnostics.extend(accepted.err().map(|refused| refused.at(file, comment.span)));
            }
        }
        if diagnostics.is_empty() {
            diagnostics.extend(script.emptiness(direction));
        }
        if !diagnostics.is_empty() {
            return Err(diagnostics);
        }
        script.lines = script.count_lines();
        script.kinds = script.statements().map(|statement| statement.kind()).collect();
        script.checksum = script.token_stream().checksum();
        Ok(script)
    }

    /// The statements, in order.
    pub fn statements(&self) -> impl Iterator<Item = Statement<'_>> {
        self.statements.iter().map(|range| self.statement(range))
    }

    /// Where each statement lies in the text, and whether it waits for other sessions.
    pub fn boundaries(&self) -> impl Iterator<Item = (Span, u32, bool)> {
        self.statements().zip(&self.lines).zip(&self.kinds).map(|((statement, &line), kind)| {
            let waits = matches!(kind, Kind::NotInTransaction(reason) if reason.concurrent);
            (statement.span(), line, waits)
        })
    }

    fn statement(&self, range: &Range<usize>) -> Statement<'_> {
        Statement { text: &self.text, tokens: &self.tokens[range.clone()] }
    }

    fn direct(
        &mut self,
        directive: Directive,
        comment: Span,
        direction: Direction,
    ) -> Result<(), Diagnostic> {
        let statement = self.statement_below(comment)?;
        let in_header = matches!(statement, None | Some(0));
        if let Directive::Allow { rule, .. } = directive {
            let statement = statement.filter(|_| !in_header);
            self.allows.push(Allow { rule, statement, span: comment });
            return Ok(());
        }
        let twice = |already: bool| {
            let message = "this directive stands here twice";
            let refused = Diagnostic::error("directive", message).help("keep one of them");
            if already { Err(refused) } else { Ok(()) }
        };
        if !in_header {
            return Err(Diagnostic::error("directive", "this directive concerns the whole file")
                .help("write it in the header, above the first statement"));
        }
        match directive {
            Directive::NoTransaction => {
                twice(!self.transaction)?;
                self.transaction = false;
                self.no_transaction = Some(comment);
            }
            Directive::Irreversible(_) if direction == Direction::Up => {
                return Err(Diagnostic::error(
                    "directive",
                    "`irreversible` belongs in the down file",
                )
                .help("move the line to the file that would take this migration back"));
            }
            Directive::Irreversible(reason) => {
                twice(self.irreversible.is_some())?;
                self.irreversible = Some(reason);
            }
            Directive::Requires(versions) => {
                self.requires.extend(versions.into_iter().map(|version| (version, comment)));
            }
            Directive::LockTimeout(timeout) => {
                twice(self.lock_timeout.is_some())?;
                self.lock_timeout = Some(timeout);
            }
            Directive::StatementTimeout(timeout) => {
                twice(self.statement_timeout.is_some())?;
                self.statement_timeout = Some(timeout);
            }
            Directive::Allow { .. } => {}
        }
        Ok(())
    }

    /// The statement that a comment stands directly above; `None` in a file without one.
    fn statement_below(&self, comment: Span) -> Result<Option<usize>, Diagnostic> {
        if self.statements.is_empty() {
            return Ok(None);
        }
        // A file may have a directive above each of ten thousand statements.
        let below = self
            .statements
            .partition_point(|range| self.statement(range).span().end <= comment.start);
        match self.statements.get(below).map(|range| self.statement(range).span()) {
            Some(statement) if comment.end <= statement.start => Ok(Some(below)),
            Some(_) => {
                Err(Diagnostic::error("directive", "this directive stands inside a statement")
                    .help("write it on a line of its own above the statement"))
            }
            None => Err(Diagnostic::error(
                "directive",
                "this directive stands below the last statement",
            )
            .help("write it above the statement that it is about")),
        }
    }

    fn emptiness(&self, direction: Direction) -> Option<Diagnostic> {
        let diagnostic = match (self.statements.is_empty(), &self.irreversible, direction) {
            (true, None, Direction::Up) => {
                Diagnostic::error("empty", "this migration does nothing")
                    .help("write its SQL; if it is meant to do nothing, write `SELECT 1;`")
            }
            (true, None, Direction::Down) => {
                Diagnostic::error("empty", "this down file does nothing").help(
                    "write the SQL that takes the migration back; if there is no way back, \
                     write `-- pgstrata: irreversible <reason>`",
                )
            }
            (false, Some(_), _) => {
                Diagnostic::error("directive", "this file is `irreversible`, and yet it has SQL")
                    .help("remove the directive, or the SQL, which would never run")
            }
            _ => return None,
        };
        Some(diagnostic.in_file(&self.file))
    }

    fn count_lines(&self) -> Vec<u32> {
        let mut line = 1;
        let mut counted = 0;
        let starts = self.statements.iter().map(|range| self.tokens[range.start].span.start);
        let lines = starts.map(|start| {
            let between = &self.text[counted..start];
            counted = start;
            line += u32::try_from(between.matches('\n').count()).unwrap_or(0);
            line
        });
        lines.collect()
    }

    /// Of the directives only those that change what is executed count.
    fn token_stream(&self) -> TokenStream {
        let mut stream = TokenStream::with_capacity(self.text.len());
        if !self.transaction {
            stream.push("no-transaction");
        }
        if self.irreversible.is_some() {
            stream.push("irreversible");
        }
        for (name, timeout) in
            [("lock-timeout", self.lock_timeout), ("statement-timeout", self.statement_timeout)]
        {
            if let Some(timeout) = timeout {
                stream.push(&format!("{name} {}", timeout.as_millis()));
            }
        }
        for range in &self.statements {
            stream.push_statement(&self.text, &self.tokens[range.clone()]);
        }
        stream
    }
}

#[cfg(test)]
mod tests {
    use super::Script;
    use crate::file_name::Direction;

    fn up(text: &str) -> Script {
        Script::read("x.sql", text, Direction::Up).expect("a valid script")
    }

    fn refused(text: &str, direction: Direction) -> Vec<String> {
        let diagnostics = Script::read("x.sql", text, direction).expect_err("refused");
        diagnostics.into_iter().map(|diagnostic| diagnostic.message).collect()
    }

    #[test]
    fn comments_and_white_space_do_not_change_the_checksum() {
        let plain = up("CREATE TABLE t (a int, b text DEFAULT 'x y');").checksum;
        for same in [
            "-- note\nCREATE  TABLE t(a int,b /* c */ text DEFAULT 'x y')\n;;",
            "-- pgstrata: allow psql-variable: none here\nCREATE TABLE t (a int, b text DEFAULT 'x y')",
        ] {
            assert_eq!(up(same).checksum, plain, "{same}");
        }
        for other in [
            "CREATE TABLE t (a int, b text DEFAULT 'x  y');",
            "CREATE TABLE t (a int); b text DEFAULT 'x y';",
            "-- pgstrata: no-transaction\nCREATE TABLE t (a int, b text DEFAULT 'x y');",
            "-- pgstrata: lock-timeout 1s\nCREATE TABLE t (a int, b text DEFAULT 'x y');",
        ] {
            assert_ne!(up(other).checksum, plain, "{other}");
        }
        assert_ne!(up("SELECT $$a b$$").checksum, up("SELECT $$a  b$$").checksum);
        assert_ne!(up("SELECT ab").checksum, up("SELECT a b").checksum);
    }

    #[test]
    fn statements_know_their_place() {
        let script =
            up("-- é\nSELECT 1;\n\n;SELECT\n 2 -- x\n;CREATE INDEX CONCURRENTLY i ON t (a)");
        let found: Vec<_> = script
            .boundaries()
            .map(|(span, line, waits)| (span.of(&script.text).to_owned(), line, waits))
            .collect();
        assert_eq!(
            found,
            [
                ("SELECT 1".to_owned(), 2, false),
                ("SELECT\n 2".to_owned(), 4, false),
                ("CREATE INDEX CONCURRENTLY i ON t (a)".to_owned(), 6, true),
            ]
        );
    }

    #[test]
    fn each_of_many_directives_finds_its_statement() {
        let text = "-- pgstrata: allow a-rule: a reason\nSELECT 1;\n".repeat(3000);
        let allows = up(&text).allows;
        assert!(allows.iter().enumerate().skip(1).all(|(at, allow)| allow.statement == Some(at)));
    }

    #[test]
    fn directives_have_their_place() {
        assert!(!up("/* licence */\n-- pgstrata: no-transaction\nVACUUM t;").transaction);
        let allows = up("SELECT 1;\n-- pgstrata: allow a-rule: a reason\nSELECT 2;").allows;
        assert_eq!((allows[0].rule.as_str(), allows[0].statement), ("a-rule", Some(1)));
        for (text, message) in [
            (
                "SELECT 1;\n-- pgstrata: no-transaction\nSELECT 2;",
                "this directive concerns the whole file",
            ),
            (
                "SELECT 1\n-- pgstrata: no-transaction\n, 2;",
                "this directive stands inside a statement",
            ),
            (
                "SELECT 1;\n-- pgstrata: no-transaction",
                "this directive stands below the last statement",
            ),
            ("-- pgstrata: irreversible x\nSELECT 1;", "`irreversible` belongs in the down file"),
            (
                "-- pgstrata: no-transaction\n-- pgstrata: no-transaction\nSELECT 1;",
                "this directive stands here twice",
            ),
            ("-- nothing", "this migration does nothing"),
        ] {
            assert_eq!(refused(text, Direction::Up), [message], "{text}");
        }
        assert_eq!(refused("", Direction::Down), ["this down file does nothing"]);
        assert_eq!(
            refused("-- pgstrata: irreversible x\nSELECT 1", Direction::Down),
            ["this file is `irreversible`, and yet it has SQL"]
        );
        let down = Script::read("x", "-- pgstrata: irreversible gone", Direction::Down).unwrap();
        assert_eq!(down.irreversible.as_deref(), Some("gone"));
    }
}
