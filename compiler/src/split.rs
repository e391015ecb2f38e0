//! Tokens to statements.
//!
//! A semicolon ends a statement unless it stands in parentheses (`CREATE RULE … DO
//! (…; …)`) or in the body of a function that is written as `BEGIN ATOMIC … END`
//! (PostgreSQL 14). psql decides in the same manner (`src/fe_utils/psqlscan.l`).

use std::ops::ControlFlow::{self, Break, Continue};
use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::lexer::{Token, TokenKind, Unterminated, tokens};
use crate::span::Span;

/// A text cut into statements.
#[derive(Debug, Default)]
pub struct Split {
    /// What the server's parser sees, semicolons included.
    pub tokens: Vec<Token>,
    /// The comments, in order.
    pub comments: Vec<Token>,
    /// Statements that are not empty, as ranges of `tokens` without the semicolon.
    pub statements: Vec<Range<usize>>,
    /// What cannot be a token or leaves something open, and what is meant for psql.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether all of it was read: what is psql's is left out, and the statements are the others.
    pub is_whole: bool,
}

/// Cuts the text of `file`.
pub fn split(file: &str, text: &str) -> Split {
    let mut splitter = Splitter {
        file,
        text,
        split: Split::default(),
        first: 0,
        open: Vec::new(),
        atomic: 0,
    };
    let mut from = 0;
    loop {
        match splitter.read(from) {
            End::Text => return splitter.finished(),
            End::Mistake => return splitter.split,
            End::Psql(end) => from = end,
        }
    }
}

/// Why the tokens are not read on.
enum End {
    /// There are no more.
    Text,
    /// Nothing after a lexical error can be trusted: one mistake, one message.
    Mistake,
    /// Up to here the text is psql's, and behind it there are statements again.
    Psql(usize),
}

struct Splitter<'a> {
    file: &'a str,
    text: &'a str,
    split: Split,
    /// Index of the current statement's first token.
    first: usize,
    /// Parentheses not closed yet.
    open: Vec<Token>,
    /// How deep in `BEGIN ATOMIC … END`, counting `CASE … END` inside.
    atomic: usize,
}

impl Splitter<'_> {
    /// Reads the text from a place that is in no token.
    fn read(&mut self, from: usize) -> End {
        for mut token in tokens(&self.text[from..]) {
            token.span = token.span.shifted(from);
            match token.kind {
                TokenKind::Whitespace => {}
                TokenKind::LineComment | TokenKind::BlockComment => self.split.comments.push(token),
                _ => {
                    if let Break(end) = self.significant(token) {
                        return end;
                    }
                }
            }
        }
        End::Text
    }

    fn significant(&mut self, token: Token) -> ControlFlow<End> {
        let text = token.span.of(self.text);
        let known = self.split.diagnostics.len();
        match token.kind {
            TokenKind::Unterminated(what) => self.report(unterminated(what), token.span),
            TokenKind::Unknown => self.report(unknown(text), token.span),
            TokenKind::Backslash => {
                self.report(meta_command(), token.span);
                // A command of psql ends with its line.
                if self.first == self.split.tokens.len() {
                    return Break(End::Psql(self.line_end(token.span.start)));
                }
            }
            TokenKind::Punctuation if text == ";" && self.open.is_empty() && self.atomic == 0 => {
                self.end_statement();
                self.split.tokens.push(token);
                self.first = self.split.tokens.len();
                if self.copies_from_stdin() {
                    return Break(End::Psql(self.data_end(token.span.end)));
                }
                return Continue(());
            }
            _ => {
                self.nest(token, text);
                self.split.tokens.push(token);
            }
        }
        if self.split.diagnostics.len() == known {
            Continue(())
        } else {
            Break(End::Mistake)
        }
    }

    /// Where the line that holds `offset` ends.
    fn line_end(&self, offset: usize) -> usize {
        let rest = self.text.as_bytes()[offset..].iter();
        offset + rest.take_while(|&&byte| byte != b'\n').count()
    }

    /// Behind the line `\.`, which ends the data of a `COPY` that ends at `offset`.
    fn data_end(&self, offset: usize) -> usize {
        let mut end = self.line_end(offset);
        while end < self.text.len() {
            let start = end + 1;
            end = self.line_end(start);
            if self.text[start..end].trim_ascii_end() == r"\." {
                break;
            }
        }
        end
    }

    fn nest(&mut self, token: Token, text: &str) {
        match (token.kind, text) {
            (TokenKind::Punctuation, "(") => self.open.push(token),
            (TokenKind::Punctuation, ")") => self.close(token),
            (TokenKind::Word, word) => self.atomic_body(word),
            _ => {}
        }
    }

    fn close(&mut self, token: Token) {
        if self.open.pop().is_none() {
            self.report(
                Diagnostic::error("unbalanced", "`)` closes nothing"),
                token.span,
            );
        }
    }

    fn atomic_body(&mut self, word: &str) {
        let is = |keyword| word.eq_ignore_ascii_case(keyword);
        let previous = self.previous_text();
        // `SELECT 1 AS end` and `t.end` are names.
        let is_name = previous.eq_ignore_ascii_case("as") || previous == ".";
        if self.atomic == 0 {
            if is("atomic") && previous.eq_ignore_ascii_case("begin") && self.creates_routine() {
                self.atomic = 1;
            }
        } else if !is_name && is("case") {
            self.atomic += 1;
        } else if !is_name && is("end") {
            self.atomic -= 1;
        }
    }

    fn previous_text(&self) -> &str {
        match self.split.tokens.len() {
            length if length > self.first => self.split.tokens[length - 1].span.of(self.text),
            _ => "",
        }
    }

    fn creates_routine(&self) -> bool {
        let mut words = self.split.tokens[self.first..]
            .iter()
            .map(|token| token.span.of(self.text))
            .take(4);
        let mut next = |keywords: &[&str]| {
            words.next().filter(|word| {
                keywords
                    .iter()
                    .any(|keyword| word.eq_ignore_ascii_case(keyword))
            })
        };
        if next(&["create"]).is_none() {
            return false;
        }
        match next(&["or", "function", "procedure"]) {
            Some(word) if word.eq_ignore_ascii_case("or") => {
                next(&["replace"]).is_some() && next(&["function", "procedure"]).is_some()
            }
            other => other.is_some(),
        }
    }

    fn end_statement(&mut self) {
        if self.first < self.split.tokens.len() {
            self.split
                .statements
                .push(self.first..self.split.tokens.len());
        }
    }

    /// The lines that follow `COPY … FROM stdin;` are data, not SQL. What `COPY … TO stdout` sends nobody takes.
    fn copies_from_stdin(&mut self) -> bool {
        let Some(statement) = self.split.statements.last() else {
            return false;
        };
        let tokens = &self.split.tokens[statement.clone()];
        let is = |token: &Token, keyword: &str| {
            token.kind == TokenKind::Word && token.span.of(self.text).eq_ignore_ascii_case(keyword)
        };
        if !is(&tokens[0], "copy") {
            return false;
        }
        let pair = |words: [&str; 2]| {
            let mut pairs = tokens.windows(2);
            let found = pairs.find(|pair| is(&pair[0], words[0]) && is(&pair[1], words[1]));
            found.map(|pair| tokens[0].span.to(pair[1].span))
        };
        if let Some(span) = pair(["to", "stdout"]) {
            let message = "`COPY … TO stdout` has nowhere to write to";
            let nobody = Diagnostic::error("copy-to-stdout", message)
                .why(
                    "no client takes the rows, and the error is the client's, behind the statement",
                )
                .help(
                    "leave it out; write rows into a table, or into a file with `\\copy` of psql",
                );
            self.report(nobody, span);
            return false;
        }
        let Some(span) = pair(["from", "stdin"]) else {
            return false;
        };
        self.report(
            Diagnostic::error(
                "copy-from-stdin",
                "`COPY … FROM stdin` has nothing to read from",
            )
            .why("the data lines that psql would send are not SQL")
            .help("write the rows as `INSERT INTO … VALUES … ON CONFLICT DO NOTHING`"),
            span,
        );
        true
    }

    fn finished(mut self) -> Split {
        self.split.is_whole = self.open.is_empty() && self.atomic == 0;
        if let Some(token) = self.open.pop() {
            self.report(
                Diagnostic::error("unbalanced", "`(` is never closed"),
                token.span,
            );
        } else if self.atomic > 0 {
            let last = self.split.tokens[self.split.tokens.len() - 1].span;
            let message = "`BEGIN ATOMIC` is never ended";
            self.report(
                Diagnostic::error("unbalanced", message).help("close the body with `END;`"),
                last,
            );
        }
        if self.first < self.split.tokens.len() {
            self.end_statement();
            if !self.split.is_whole {
                return self.split;
            }
            self.copies_from_stdin();
        }
        self.split
    }

    fn report(&mut self, diagnostic: Diagnostic, span: Span) {
        self.split.diagnostics.push(diagnostic.at(self.file, span));
    }
}

fn unterminated(what: Unterminated) -> Diagnostic {
    let (message, help) = match what {
        Unterminated::String => (
            "the string that begins here is never closed",
            "close it with `'`; write a quote inside as `''`",
        ),
        Unterminated::QuotedIdentifier => (
            "the quoted identifier that begins here is never closed",
            "close it with `\"`",
        ),
        Unterminated::Comment => (
            "the comment that begins here is never closed",
            "close it with `*/`; comments nest in PostgreSQL",
        ),
        Unterminated::DollarString => (
            "the dollar-quoted string that begins here is never closed",
            "close it with the same tag, letter for letter",
        ),
    };
    Diagnostic::error("unterminated", message).help(help)
}

fn unknown(text: &str) -> Diagnostic {
    Diagnostic::error(
        "syntax",
        format!("`{}` is no token of PostgreSQL", text.escape_debug()),
    )
}

fn meta_command() -> Diagnostic {
    Diagnostic::error(
        "psql-command",
        "`\\` begins a psql command, which the server does not know",
    )
    .help("write the SQL itself; for `\\i`, put the other file's statements here")
}
