//! One file of a migration: its text, cut into statements, and its directives.
//!
//! The file is long because each directive meets the statements here.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use crate::checksum::{Sha256Digest, TokenStream};
use crate::diagnostic::Diagnostic;
use crate::directive::{Directive, ForeignTable, Phase, Required, Scope};
use crate::dump::taken_out;
use crate::file_name::Purpose;
use crate::lexer::{Token, TokenKind};
use crate::span::Span;
use crate::split::split;
use crate::statement::Statement;
use crate::statement_kind::StatementKind;
use crate::statement_option::{StatementDirectives, StatementOption, StatementOptionKind};
use crate::target::Target;

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
    pub kinds: Vec<StatementKind>,
    /// Whether the statements share one transaction.
    pub transaction: bool,
    /// Where the file says that they do not.
    pub no_transaction: Option<Span>,
    /// Why there is no way back, in a down file.
    pub irreversible: Option<String>,
    /// The path of the Rust function that runs behind the statements.
    pub code: Option<String>,
    /// Versions that this one builds on, each where the file says so.
    pub requires: Vec<(u64, Span)>,
    /// Repeatable scripts that this one builds on, each where the file says so.
    pub follows: Vec<(String, Span)>,
    /// Extensions that are installed before.
    pub extensions: Vec<String>,
    /// Tables that somebody else makes.
    pub tables: Vec<ForeignTable>,
    /// Its part in a change without downtime.
    pub phase: Option<Phase>,
    /// Statements that are not simply sent, in order.
    pub special: Vec<StatementOption>,
    /// The SQLSTATEs with which statements of a test fail.
    pub expected_errors: BTreeMap<usize, String>,
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
    pub fn read(file: &str, text: &str, purpose: Purpose) -> Result<Self, Vec<Diagnostic>> {
        match Self::read_beside(file, text, purpose) {
            (Some(script), refused) if refused.is_empty() => Ok(script),
            (_, refused) => Err(refused),
        }
    }

    /// The same, with what is wrong: where that is only what is meant for psql there is a script of
    /// the rest, so that the rules say at once what is wrong with it.
    pub fn read_beside(
        file: &str,
        text: &str,
        purpose: Purpose,
    ) -> (Option<Self>, Vec<Diagnostic>) {
        let mut split = split(file, text);
        taken_out(file, text, &mut split);
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
            code: None,
            requires: Vec::new(),
            follows: Vec::new(),
            extensions: Vec::new(),
            tables: Vec::new(),
            phase: None,
            special: Vec::new(),
            expected_errors: BTreeMap::new(),
            lock_timeout: None,
            statement_timeout: None,
            allows: Vec::new(),
            checksum: Sha256Digest::default(),
        };
        let for_psql = split.diagnostics;
        let mut diagnostics = Vec::new();
        let mut marks = BTreeMap::new();
        for comment in split
            .comments
            .iter()
            .filter(|token| token.kind == TokenKind::LineComment)
        {
            if let Some(directive) = Directive::parse(comment.span.of(text)) {
                let accepted = directive
                    .and_then(|read| script.direct(read, comment.span, purpose, &mut marks));
                diagnostics.extend(accepted.err().map(|refused| refused.at(file, comment.span)));
            }
        }
        diagnostics.extend(script.resolve(marks));
        if diagnostics.is_empty() && for_psql.is_empty() {
            diagnostics.extend(script.contradiction());
            diagnostics.extend(script.emptiness(purpose));
        }
        if !diagnostics.is_empty() || !split.is_whole {
            let refused = for_psql.into_iter().chain(diagnostics);
            return (None, refused.collect());
        }
        script.lines = script.count_lines();
        script.kinds = script
            .statements()
            .map(|statement| statement.kind())
            .collect();
        script.find_targets();
        script.checksum = script.token_stream().checksum();
        (Some(script), for_psql)
    }

    /// The statements, in order.
    pub fn statements(&self) -> impl Iterator<Item = Statement<'_>> {
        self.statements.iter().map(|range| self.statement(range))
    }

    /// Where each statement lies in the text, and whether it waits for other sessions.
    pub fn boundaries(&self) -> impl Iterator<Item = (Span, u32, bool)> {
        self.statements()
            .zip(&self.lines)
            .zip(&self.kinds)
            .map(|((statement, &line), kind)| {
                let waits =
                    matches!(kind, StatementKind::NotInTransaction(reason) if reason.concurrent);
                (statement.span(), line, waits)
            })
    }

    fn statement(&self, range: &Range<usize>) -> Statement<'_> {
        Statement::new(&self.text, &self.tokens[range.clone()])
    }

    fn direct(
        &mut self,
        directive: Directive,
        comment: Span,
        purpose: Purpose,
        marks: &mut BTreeMap<usize, StatementDirectives>,
    ) -> Result<(), Diagnostic> {
        let below = self.statement_below(comment)?;
        let in_header = matches!(below, None | Some(0));
        let refused = |message: &str, help: &str| {
            Err(Diagnostic::error("directive", message).help(help.to_owned()))
        };
        let (scope, purposes) = directive.place();
        if !purposes.contains(&purpose) {
            return Err(directive.misplaced());
        }
        if scope == Scope::File && !in_header {
            return refused(
                "this directive concerns the whole file",
                "write it in the header, above the first statement",
            );
        }
        let is_first = match directive {
            Directive::NoTransaction => {
                self.transaction = false;
                self.no_transaction.replace(comment).is_none()
            }
            Directive::Irreversible(reason) => self.irreversible.replace(reason).is_none(),
            Directive::Code(path) => self.code.replace(path).is_none(),
            Directive::Phase(phase) => self.phase.replace(phase).is_none(),
            Directive::LockTimeout(timeout) => self.lock_timeout.replace(timeout).is_none(),
            Directive::StatementTimeout(timeout) => {
                self.statement_timeout.replace(timeout).is_none()
            }
            Directive::Requires(all) => {
                for required in all {
                    match required {
                        Required::Version(version) => self.requires.push((version, comment)),
                        Required::Repeatable(name) if purpose == Purpose::Repeatable => {
                            self.follows.push((name, comment));
                        }
                        Required::Repeatable(name) => {
                            return refused(
                                &format!("`{name}` is no version"),
                                "a migration requires others by their versions: write \
                                 `-- pgstrata: requires 0003, 0007`",
                            );
                        }
                    }
                }
                true
            }
            Directive::RequiresExtension(names) => {
                self.extensions.extend(names);
                true
            }
            Directive::RequiresTable(tables) => {
                self.tables.extend(tables);
                true
            }
            Directive::Allow { rule, .. } => {
                let statement = below.filter(|_| !in_header);
                self.allows.push(Allow {
                    rule,
                    statement,
                    span: comment,
                });
                true
            }
            Directive::Optional
            | Directive::Batch(_)
            | Directive::Total(_)
            | Directive::Key(_)
            | Directive::ExpectError(_) => {
                let Some(statement) = below else {
                    return refused(
                        "this directive is about a statement, and there is none below",
                        "write it on the line above the statement",
                    );
                };
                match directive {
                    Directive::ExpectError(code) => {
                        self.expected_errors.insert(statement, code).is_none()
                    }
                    mark => marks.entry(statement).or_default().add(mark, comment),
                }
            }
        };
        if is_first {
            Ok(())
        } else {
            refused("this directive stands here twice", "keep one of them")
        }
    }

    /// What the directives above single statements come to.
    fn resolve(&mut self, marks: BTreeMap<usize, StatementDirectives>) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        for (statement, marks) in marks {
            let text = self.statement(&self.statements[statement]);
            match marks.resolve(&self.file, text, self.transaction) {
                Ok(what) => self
                    .special
                    .extend(what.map(|what| StatementOption { statement, what })),
                Err(refused) => diagnostics.push(refused),
            }
        }
        diagnostics
    }

    /// What refuses a transaction and may have none.
    fn find_targets(&mut self) {
        if self.transaction {
            return;
        }
        let alone = self
            .statements()
            .enumerate()
            .filter_map(|(statement, text)| {
                Some(StatementOption {
                    statement,
                    what: StatementOptionKind::Alone(Target::of(text)?),
                })
            });
        let alone: Vec<StatementOption> = alone.collect();
        self.special.extend(alone);
        self.special.sort_by_key(|special| special.statement);
    }

    /// Whether the statement is repeated until it touches no row.
    pub fn is_batch(&self, statement: usize) -> bool {
        let mut special = self.special.iter();
        special
            .any(|it| it.statement == statement && matches!(it.what, StatementOptionKind::Batch(_)))
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
        match self
            .statements
            .get(below)
            .map(|range| self.statement(range).span())
        {
            Some(statement) if comment.end <= statement.start => Ok(Some(below)),
            Some(_) => Err(Diagnostic::error(
                "directive",
                "this directive stands inside a statement",
            )
            .help("write it on a line of its own above the statement")),
            None => Err(Diagnostic::error(
                "directive",
                "this directive stands below the last statement",
            )
            .help("write it above the statement that it is about")),
        }
    }

    /// Directives of which each is right by itself.
    fn contradiction(&self) -> Option<Diagnostic> {
        self.code.as_ref()?;
        let (message, help) = if self.irreversible.is_some() {
            (
                "this file is `irreversible`, and yet it has `code`",
                "remove one of the two directives",
            )
        } else if !self.transaction {
            (
                "`code` runs inside a transaction, and this file has none",
                "move what refuses transactions into a migration of its own",
            )
        } else {
            return None;
        };
        Some(
            Diagnostic::error("directive", message)
                .help(help)
                .in_file(&self.file),
        )
    }

    fn emptiness(&self, purpose: Purpose) -> Option<Diagnostic> {
        let is_empty = self.statements.is_empty() && self.code.is_none();
        let diagnostic = match (is_empty, &self.irreversible, purpose) {
            (true, None, Purpose::Up) => Diagnostic::error("empty", "this migration does nothing")
                .help("write its SQL; if it is meant to do nothing, write `SELECT 1;`"),
            (true, None, Purpose::Down) => {
                Diagnostic::error("empty", "this down file does nothing").help(
                    "write the SQL that takes the migration back; if there is no way back, \
                     write `-- pgstrata: irreversible <reason>`",
                )
            }
            (true, _, Purpose::Verify) => {
                Diagnostic::error("empty", "this verify script verifies nothing")
                    .help("write a query that raises where something is wrong, or remove the file")
            }
            (true, _, Purpose::Repeatable) => {
                Diagnostic::error("empty", "this repeatable script does nothing")
                    .help("write its SQL, or remove the file")
            }
            (true, _, Purpose::Test) => Diagnostic::error("empty", "this test tries nothing")
                .help("write its SQL, or remove the file"),
            (false, Some(_), _) if !self.statements.is_empty() => Diagnostic::error(
                "directive",
                "this file is `irreversible`, and yet it has SQL",
            )
            .help("remove the directive, or the SQL, which would never run"),
            _ => return None,
        };
        Some(diagnostic.in_file(&self.file))
    }

    fn count_lines(&self) -> Vec<u32> {
        let mut line = 1;
        let mut counted = 0;
        let starts = self
            .statements
            .iter()
            .map(|range| self.tokens[range.start].span.start);
        let lines = starts.map(|start| {
            let between = &self.text[counted..start];
            counted = start;
            line +=
                u32::try_from(between.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(0);
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
        if let Some(path) = &self.code {
            stream.push(&format!("code {path}"));
        }
        for (name, timeout) in [
            ("lock-timeout", self.lock_timeout),
            ("statement-timeout", self.statement_timeout),
        ] {
            if let Some(timeout) = timeout {
                stream.push(&format!("{name} {}", timeout.as_millis()));
            }
        }
        for special in &self.special {
            // No token is a word with a blank behind it, so that none can be taken for one of
            // these. How fast and how far a batch goes changes nothing that it does.
            let statement = special.statement;
            match &special.what {
                StatementOptionKind::Optional { .. } => {
                    stream.push(&format!("optional {statement}"));
                }
                StatementOptionKind::Batch(batch) => {
                    stream.push(&format!("batch {statement}"));
                    if let Some(key) = &batch.key {
                        stream.push(&format!("key {statement} {key}"));
                    }
                }
                // Is read from the statement, which counts itself.
                StatementOptionKind::Alone(_) => {}
            }
        }
        for range in &self.statements {
            stream.push_statement(&self.text, &self.tokens[range.clone()]);
        }
        stream
    }
}

#[cfg(test)]
mod tests;
