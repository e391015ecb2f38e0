//! One statement against PostgreSQL's grammar, as `squawk-parser` has it.
//!
//! It knows most of the grammar, not all of it: it misses some errors (`DROP TABLE ;`), and
//! what it refuses wrongly stands in `corrected.rs`. It is given one statement at a time,
//! since it joins some that follow `CREATE SCHEMA`.

mod corrected;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::thread;

use squawk_parser::{EntryPoint, LexedStr, StrStep, SyntaxKind};

use crate::lexer::{Token, TokenKind};
use crate::span::Span;
use crate::statement::Statement;

/// A place where a statement leaves the grammar.
#[derive(Debug, Eq, PartialEq)]
pub struct SyntaxError {
    /// The token that is wrong; the last one where something is missing behind it.
    pub span: Span,
    /// Where that is and what should stand there: ``at `FORM`: expected …``.
    pub message: String,
}

/// The first syntax error of a statement.
pub fn first_error(statement: Statement<'_>) -> Option<SyntaxError> {
    let shape = KNOWN.with_borrow_mut(|known| known.shape(&statement));
    if KNOWN.with_borrow(|known| known.accepted.contains(&shape)) {
        return None;
    }
    let refusal = refusal(&statement);
    if refusal.is_none() && shape.len() <= LONGEST_SHAPE {
        KNOWN.with_borrow_mut(|known| known.accepted.insert(shape));
    }
    let (offset, expected) = refusal?;
    let offset = statement.span().start + offset;
    let token = statement
        .tokens
        .iter()
        .find(|token| token.span.end > offset);
    let place = match token {
        Some(token) => format!("at `{}`", shortened(token.span.of(statement.text))),
        None => "at the end of the statement".to_owned(),
    };
    let expected = match token {
        Some(token) if expected.starts_with("expected command") => {
            let begins = token.span.start == statement.span().start;
            let said = if begins {
                "no command begins so"
            } else {
                "the statement should end"
            };
            said.to_owned()
        }
        _ => readable(&expected),
    };
    let last = &statement.tokens[statement.tokens.len() - 1];
    Some(SyntaxError {
        span: token.unwrap_or(last).span,
        message: format!("{place}: {expected}"),
    })
}

thread_local! {
    static KNOWN: RefCell<Known> = RefCell::default();
}

/// What the parser has said before. It would take most of the time of a check, half of that for
/// telling keywords from names, and many statements differ in nothing but names and texts.
#[derive(Default)]
struct Known {
    /// Words, and whether each is a keyword.
    words: HashMap<String, bool>,
    /// Shapes of statements without an error.
    accepted: HashSet<String>,
}

/// Longer statements are hardly ever written twice.
const LONGEST_SHAPE: usize = 4096;

impl Known {
    /// All of a statement that the parser looks at: it is given no names and no texts.
    fn shape(&mut self, statement: &Statement<'_>) -> String {
        let mut shape = String::new();
        let mut end = 0;
        for token in statement.tokens {
            // What stands together may be one operator.
            shape.push(if token.span.start == end { '+' } else { ' ' });
            end = token.span.end;
            let text = token.span.of(statement.text);
            match token.kind {
                TokenKind::Word if !self.is_keyword(text) => shape.push('i'),
                TokenKind::Word => shape.extend(text.chars().map(|it| it.to_ascii_lowercase())),
                TokenKind::QuotedIdentifier => shape.push('i'),
                TokenKind::DollarString => shape += "$$",
                TokenKind::Number if text.bytes().all(|it| it.is_ascii_digit()) => shape.push('1'),
                // Two quotes: not continued on another line.
                TokenKind::String if text.matches('\'').count() == 2 => {
                    shape += text.split('\'').next().unwrap_or_default();
                    shape.push('\'');
                }
                _ => shape += text,
            }
        }
        shape
    }

    fn is_keyword(&mut self, word: &str) -> bool {
        if let Some(known) = self.words.get(word) {
            return *known;
        }
        let mut is_keyword = false;
        let lexed = LexedStr::new(word);
        let output = EntryPoint::SourceFile.parse(&lexed.to_input());
        lexed.intersperse_trivia(&output, &mut |step| {
            is_keyword |= matches!(step, StrStep::Token { kind, .. } if kind != SyntaxKind::IDENT);
        });
        self.words.insert(word.to_owned(), is_keyword);
        is_keyword
    }
}

/// Offset in the statement's text and what the parser says.
fn refusal(statement: &Statement<'_>) -> Option<(usize, String)> {
    let depth = nesting(statement);
    let parsed = |text: &str| match depth {
        depth if depth <= SHALLOW => first_refusal(text),
        depth if depth <= DEEP => with_stack(text),
        _ => None,
    };
    let refusal = parsed(statement.span().of(statement.text))?;
    if corrected::is_unjudged(statement) {
        return None;
    }
    match corrected::corrected(statement) {
        Some(text) => parsed(&text),
        None => Some(refusal),
    }
}

/// The parser is recursive and has no limit of its own: `(SELECT (SELECT …` took up to 8 KiB
/// of stack a level without optimisation. So many tokens fit any thread's stack,
const SHALLOW: usize = 100;

/// and so many fit `STACK_BYTES`. PostgreSQL's own parser gives up at about a third of it.
const DEEP: usize = 10_000;

const STACK_BYTES: usize = 128 << 20;

/// More than the depth to which any grammar could nest: what stands before a token in its
/// own parentheses and those around them, counted from the last comma or semicolon in each,
/// since lists are loops.
fn nesting(statement: &Statement<'_>) -> usize {
    let mut outer = Vec::new();
    let (mut here, mut total, mut deepest) = (0_usize, 0_usize, 0_usize);
    let word = |token: &Token| token.span.of(statement.text);
    for token in statement.tokens {
        here += 1;
        total += 1;
        deepest = deepest.max(total);
        match word(token) {
            "(" | "[" => outer.push(std::mem::take(&mut here)),
            ")" | "]" => {
                if let Some(before) = outer.pop() {
                    total -= here;
                    here = before;
                }
            }
            "," | ";" => {
                total -= here;
                here = 0;
            }
            _ => {}
        }
    }
    deepest
}

/// A panic of the parser says nothing about the statement.
fn with_stack(text: &str) -> Option<(usize, String)> {
    thread::scope(|scope| {
        let parsing = thread::Builder::new().stack_size(STACK_BYTES);
        parsing
            .spawn_scoped(scope, || first_refusal(text))
            .ok()?
            .join()
            .ok()?
    })
}

fn first_refusal(text: &str) -> Option<(usize, String)> {
    let lexed = LexedStr::new(text);
    let output = EntryPoint::SourceFile.parse(&lexed.to_input());
    let mut first: Option<(usize, String)> = None;
    lexed.intersperse_trivia(&output, &mut |step| {
        if let StrStep::Error { msg, pos } = step
            && first.is_none()
        {
            first = Some((pos, msg.to_owned()));
        }
    });
    first
}

/// `expected R_PAREN, found IDENT` becomes ``expected `)` ``.
fn readable(message: &str) -> String {
    let message = message
        .split_once(", found")
        .map_or(message, |(expected, _)| expected);
    let words = message.split(' ').map(|word| {
        let is_name = word.len() > 1 && !word.bytes().any(|byte| byte.is_ascii_lowercase());
        match word.trim_end_matches(',') {
            "L_PAREN" => "`(`".to_owned(),
            "R_PAREN" => "`)`".to_owned(),
            "L_BRACK" => "`[`".to_owned(),
            "R_BRACK" => "`]`".to_owned(),
            "COMMA" => "`,`".to_owned(),
            "SEMICOLON" => "`;`".to_owned(),
            "EQ" => "`=`".to_owned(),
            "IDENT" => "a name".to_owned(),
            "STRING" => "a string".to_owned(),
            "INT_NUMBER" => "a number".to_owned(),
            name if is_name && name.ends_with("_KW") => {
                format!("`{}`", name.trim_end_matches("_KW"))
            }
            _ => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A token may be a whole function body.
fn shortened(token: &str) -> String {
    let line = token.lines().next().unwrap_or_default();
    match line.char_indices().nth(30) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None if line.len() < token.len() => format!("{line}…"),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{KNOWN, first_error, nesting};
    use crate::split::split;
    use crate::statement::Statement;

    fn with<T>(text: &str, ask: impl Fn(Statement<'_>) -> T) -> T {
        let split = split("x.sql", text);
        assert_eq!(
            (split.statements.len(), split.diagnostics.len()),
            (1, 0),
            "{text}"
        );
        ask(Statement::new(
            text,
            &split.tokens[split.statements[0].clone()],
        ))
    }

    /// The offset, the token and the message.
    fn error(text: &str) -> Option<String> {
        let found = with(text, first_error)?;
        Some(format!(
            "{} {} | {}",
            found.span.start,
            found.span.of(text),
            found.message
        ))
    }

    #[test]
    fn errors_have_their_place() {
        for (text, expected) in [
            ("SELEC 1", "0 SELEC | at `SELEC`: no command begins so"),
            (
                "-- é\n  SELEC 1",
                "8 SELEC | at `SELEC`: no command begins so",
            ),
            (
                "CREATE TABLE t (a int,)",
                "21 , | at `,`: unexpected trailing comma",
            ),
            (
                "CREATE TABLE t (é int) foo",
                "24 foo | at `foo`: the statement should end",
            ),
            (
                "DROP TABLE t /* x */ FORM u",
                "21 FORM | at `FORM`: expected `,`",
            ),
            (
                "ALTER TABLE t ADD COLUMN",
                "18 COLUMN | at the end of the statement: expected name",
            ),
        ] {
            assert_eq!(error(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_the_parser_refuses_wrongly_passes() {
        for text in [
            "ALTER USER MAPPING FOR user SERVER s OPTIONS (SET password 'x')",
            "ALTER STATISTICS IF EXISTS s SET STATISTICS 100",
        ] {
            assert_eq!(error(text), None, "{text}");
        }
    }

    #[test]
    fn valid_statements_pass() {
        for text in [
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t USING gin (a jsonb_path_ops) WHERE b",
            "DO $$ BEGIN NULL; END $$",
            "CREATE SCHEMA s CREATE TABLE t (a int) CREATE VIEW v AS SELECT 1",
            "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT a; END",
            "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)",
            "SELECT E'a'\n-- c\n'b', U&'d!0061t' UESCAPE '!', B'1', $$x$$, 1.5e3 @> -1",
            "ALTER STATISTICS s SET STATISTICS 100",
            "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DO NOTHING",
        ] {
            assert_eq!(error(text), None, "{text}");
        }
    }

    #[test]
    fn a_shape_is_what_the_parser_sees() {
        let shape = |text: &str| {
            with(text, |statement| {
                KNOWN.with_borrow_mut(|known| known.shape(&statement))
            })
        };
        let one = shape("COMMENT ON TABLE one IS 'it''s'");
        assert_ne!(
            one,
            shape("COMMENT ON TABLE one IS 'its'"),
            "it may be two strings"
        );
        for (one, other) in [
            ("DROP TABLE one, \"Two\"", "drop table /* a */ b,\nc"),
            (
                "SELECT E'a', 12, $$x$$, U&'x'",
                "SELECT E'', 9, $a$ it's $a$, U&'y'",
            ),
        ] {
            assert_eq!(shape(one), shape(other));
        }
        for (one, other) in [
            ("DROP TABLE one", "DROP TABLE user"),
            ("SELECT a -> b", "SELECT a - > b"),
            ("SELECT a.b", "SELECT a .b"),
            ("SELECT 'a'", "SELECT E'a'"),
            ("SELECT 'a'", "SELECT 'a'\n'b'"),
            ("SELECT 1", "SELECT 1.5"),
        ] {
            assert_ne!(shape(one), shape(other));
        }
        assert_eq!(error("CREATE TABLE t (a int)"), None);
        assert!(
            error("CREATE TABLE t (check int)").is_some(),
            "a name like a keyword"
        );
        assert_eq!(error("CREATE TABLE u (b int)"), None);
    }

    #[test]
    fn depth_is_bounded() {
        assert_eq!(
            with("SELECT (1, 2), (3, 4)", |statement| nesting(&statement)),
            4
        );
        assert!(with("SELECT (((1)))", |statement| nesting(&statement)) >= 4);
        for piece in ["(", "NOT ", "- ", "CASE WHEN ", "(SELECT ", "ARRAY["] {
            let closing = if piece.starts_with('(') { ")" } else { "" };
            for count in [90, 3000, 200_000] {
                let text = format!("SELECT {}1{}", piece.repeat(count), closing.repeat(count));
                let _ = error(&text);
            }
        }
    }
}
