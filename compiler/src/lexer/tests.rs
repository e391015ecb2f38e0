//! Tokens as PostgreSQL cuts them, and text that ends too early.

use super::{TokenKind, dollar_body, string_body, tokens};

/// Writes each token that is not white space as `Kind text`.
fn check(text: &str, expected: &[&str]) {
    let found: Vec<String> = tokens(text)
        .filter(|token| token.kind != TokenKind::Whitespace)
        .map(|token| format!("{:?} {}", token.kind, token.span.of(text)))
        .collect();
    assert_eq!(found, expected, "in {text:?}");
    let joined: String = tokens(text).map(|token| token.span.of(text)).collect();
    assert_eq!(joined, text, "tokens must cover the text");
}

#[test]
fn comments() {
    check(
        "/* a /* b */ c */ x",
        &["BlockComment /* a /* b */ c */", "Word x"],
    );
    check("1 --c\n2", &["Number 1", "LineComment --c", "Number 2"]);
    check("/* /* */", &["Unterminated(Comment) /* /* */"]);
    check("*/", &["Operator */"]);
}

#[test]
fn strings() {
    check("'it''s' x", &["String 'it''s'", "Word x"]);
    check(r"'a\' 'b'", &[r"String 'a\'", "String 'b'"]);
    check(r"E'a\'b' c", &[r"String E'a\'b'", "Word c"]);
    check(r"e'\\' c", &[r"String e'\\'", "Word c"]);
    check(r"U&'\0061' N'x'", &[r"String U&'\0061'", "String N'x'"]);
    check("B'01' x'fF'", &["BitString B'01'", "BitString x'fF'"]);
    check("'open", &["Unterminated(String) 'open"]);
    check(r"E'\", &[r"Unterminated(String) E'\"]);
    check("ne'x'", &["Word ne", "String 'x'"]);
}

#[test]
fn strings_have_a_body() {
    for text in ["'body'", "E'body'", "U&'body'", "n'body'"] {
        assert_eq!(
            string_body(text, tokens(text).next().unwrap()).of(text),
            "body"
        );
    }
}

#[test]
fn strings_continue_on_the_next_line_only() {
    check("'a' \n 'b'", &["String 'a' \n 'b'"]);
    check("'a' -- note\n'b'", &["String 'a' -- note\n'b'"]);
    check("'a' 'b'", &["String 'a'", "String 'b'"]);
    check(
        "'a' /* x */\n'b'",
        &["String 'a'", "BlockComment /* x */", "String 'b'"],
    );
    check("E'a'\n'\\''", &["String E'a'\n'\\''"]);
}

#[test]
fn identifiers() {
    check(
        r#""a""b" U&"d\0061t" x$1"#,
        &[
            r#"QuotedIdentifier "a""b""#,
            r#"QuotedIdentifier U&"d\0061t""#,
            "Word x$1",
        ],
    );
    check("größe", &["Word größe"]);
    check("\"open", &["Unterminated(QuotedIdentifier) \"open"]);
}

#[test]
fn dollar_quotes() {
    check("$$a;'b$$ x", &["DollarString $$a;'b$$", "Word x"]);
    check("$f$ $$ $g$ $f$", &["DollarString $f$ $$ $g$ $f$"]);
    check("a$$b$$", &["Word a$$b$$"]);
    check("$1 $2a", &["Parameter $1", "Parameter $2", "Word a"]);
    check("$f$ open", &["Unterminated(DollarString) $f$ open"]);
    check("1$$x$$", &["Number 1", "DollarString $$x$$"]);
    check("$", &["Unknown $"]);
    check("$ä$x$ä$", &["DollarString $ä$x$ä$"]);
    let text = "$f$ body $f$";
    let token = tokens(text).next().unwrap();
    assert_eq!(dollar_body(text, token).of(text), " body ");
}

#[test]
fn operators_stop_at_comments_and_before_signs() {
    check("a*-b", &["Word a", "Operator *", "Operator -", "Word b"]);
    check("a@-b", &["Word a", "Operator @-", "Word b"]);
    check("a+--x", &["Word a", "Operator +", "LineComment --x"]);
    check(
        "a*/*x*/b",
        &["Word a", "Operator *", "BlockComment /*x*/", "Word b"],
    );
    check("a->>'b'", &["Word a", "Operator ->>", "String 'b'"]);
    check("?| #>>", &["Operator ?|", "Operator #>>"]);
}

#[test]
fn the_longest_operators_are_whole() {
    for operator in ["@".repeat(63), "*".repeat(63)] {
        let whole = format!("Operator {operator}");
        check(&format!("{operator}--x"), &[&whole, "LineComment --x"]);
        check(&format!("{operator}/*x*/"), &[&whole, "BlockComment /*x*/"]);
        check(&format!("{operator} 1"), &[&whole, "Number 1"]);
    }
    check(
        &format!("{}-", "*".repeat(63)),
        &[&format!("Operator {}", "*".repeat(63)), "Operator -"],
    );
}

#[test]
fn a_long_run_of_signs_is_cut_in_linear_time() {
    // With the square of the length it would be a minute.
    assert_eq!(tokens(&"+".repeat(1 << 16)).count(), 1 << 16);
}

#[test]
fn numbers_and_punctuation() {
    check(
        "1..10 .5 1.e3 2E-4",
        &[
            "Number 1",
            "Punctuation ..",
            "Number 10",
            "Number .5",
            "Number 1.e3",
            "Number 2E-4",
        ],
    );
    check(
        "a::int b:=1 :c \\d",
        &[
            "Word a",
            "Punctuation ::",
            "Word int",
            "Word b",
            "Punctuation :=",
            "Number 1",
            "Punctuation :",
            "Word c",
            "Backslash \\",
            "Word d",
        ],
    );
}
