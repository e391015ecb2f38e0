//! Where the statements of a text begin and end, as the server reads it.
//!
//! The compiler splits what a program embeds. Text from the history comes with boundaries from the
//! same table, which anyone may have changed who may write to it. Whoever accepts a text accepts what
//! the server would make of it: so a boundary must be one for the server, too.
//! <https://www.postgresql.org/docs/current/sql-syntax-lexical.html>

/// What a byte of a text is.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Piece {
    /// A blank or a part of a comment.
    Blank,
    /// A semicolon that may end a statement.
    End,
    Code,
}

/// Whether these are the statements of the text, in order: each begins and ends with code, a semicolon
/// lies between two of them, and nothing else is left out but blanks and comments.
pub(crate) fn are_all(text: &str, statements: impl Iterator<Item = (usize, usize)>) -> bool {
    let Some(all) = read(text) else {
        return false;
    };
    let is_code = |index: usize| all.get(index) == Some(&Piece::Code);
    let is_left_out = |from: usize, to: usize| {
        let between = all.get(from..to);
        between.is_some_and(|kinds| kinds.iter().all(|it| *it != Piece::Code))
    };
    let mut before = None;
    for (from, to) in statements {
        let is_part = from < to && text.get(from..to).is_some();
        if !is_part || !is_code(from) || !is_code(to - 1) {
            return false;
        }
        let is_next = match before {
            None => is_left_out(0, from),
            Some(end) => is_left_out(end, from) && all[end..from].contains(&Piece::End),
        };
        if !is_next {
            return false;
        }
        before = Some(to);
    }
    is_left_out(before.unwrap_or(0), all.len())
}

/// `None` where a quote or a comment does not end.
fn read(text: &str) -> Option<Vec<Piece>> {
    let bytes = text.as_bytes();
    let mut kinds = Vec::with_capacity(bytes.len());
    while let Some(&byte) = bytes.get(kinds.len()) {
        let at = kinds.len();
        let rest = &text[at..];
        let (length, kind) = if byte.is_ascii_whitespace() || byte == b'\x0b' {
            (1, Piece::Blank)
        } else if byte == b';' {
            (1, Piece::End)
        } else if rest.starts_with("--") {
            let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
            (end, Piece::Blank)
        } else if rest.starts_with("/*") {
            (comment(rest)?, Piece::Blank)
        } else if byte == b'\'' {
            // An E in front makes a backslash an escape, unless it ends a name.
            let before = text[..at].trim_end_matches(['e', 'E']);
            let is_escaped = before.len() + 1 == at && !ends_with_word(before);
            (quoted(rest, is_escaped)?, Piece::Code)
        } else if byte == b'"' {
            (quoted(rest, false)?, Piece::Code)
        } else if byte == b'$' && !ends_with_word(&text[..at]) {
            (dollar_quoted(rest)?, Piece::Code)
        } else {
            (rest.chars().next()?.len_utf8(), Piece::Code)
        };
        kinds.resize(at + length, kind);
    }
    Some(kinds)
}

fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '$') || !letter.is_ascii()
}

fn ends_with_word(text: &str) -> bool {
    text.ends_with(is_word)
}

/// The length of a comment in slashes and stars, which may hold others.
fn comment(text: &str) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        let rest = text.get(at..)?;
        if rest.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += rest.chars().next()?.len_utf8();
        }
    }
}

/// The length of what is between two quotes, where two of them stand for one.
fn quoted(text: &str, is_escaped: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let quote = bytes[0];
    let mut at = 1;
    loop {
        match *bytes.get(at)? {
            b'\\' if is_escaped => at += 2,
            byte if byte == quote && bytes.get(at + 1) == Some(&quote) => at += 2,
            byte if byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// The length of what is between two dollar quotes, or of a parameter such as `$1`.
fn dollar_quoted(text: &str) -> Option<usize> {
    let tag = text[1..].split_once('$').map(|(tag, _)| tag);
    let is_tag = |tag: &str| {
        !tag.starts_with(|first: char| first.is_ascii_digit())
            && tag.chars().all(|letter| is_word(letter) && letter != '$')
    };
    let Some(tag) = tag.filter(|tag| is_tag(tag)) else {
        return Some(1);
    };
    let quote = &text[..tag.len() + 2];
    let inside = text[quote.len()..].find(quote)?;
    Some(quote.len() * 2 + inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a text whose statements are between bars.
    fn are_all_between_bars(marked: &str) -> bool {
        let text = marked.replace('|', "");
        let mut bounds = Vec::new();
        for (count, (at, _)) in marked.match_indices('|').enumerate() {
            bounds.push(at - count);
        }
        let (pairs, _) = bounds.as_chunks();
        are_all(&text, pairs.iter().map(|&[from, to]| (from, to)))
    }

    #[test]
    fn what_the_server_reads_is_accepted() {
        for text in [
            "",
            " ; -- nothing\n/* at /* all */ */",
            "|DROP TABLE a|",
            "-- first\n|DROP TABLE a| ;\n-- then\n|DROP TABLE b|; -- end",
            "|SELECT 'a;b', ';''', E';\\';', \"x;\"|;|SELECT $$;$$, $a$;$$;$a$|",
            "|SELECT a$1$ FROM b|;|SELECT $1|",
            "|CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END|",
            "|SELECT 'ä;'|;|SELECT 1 /* ; */ + 2 -- ;\n + 3|",
        ] {
            assert!(are_all_between_bars(text), "{text}");
        }
    }

    #[test]
    fn other_boundaries_are_refused() {
        for text in [
            // A comment that becomes a statement, or hides the end of one.
            "-- do not: |ALTER ROLE mallory SUPERUSER|;\n|DROP TABLE a|;",
            "|SELECT 1 -- do not|; |ALTER ROLE mallory SUPERUSER|;\n",
            "/* |ALTER ROLE mallory SUPERUSER|; */ |DROP TABLE a|;",
            "|DROP TABLE a| -- |b|",
            // A statement in two.
            "|DELETE FROM a|\n|WHERE id = 5|;",
            "|SELECT '|;| ALTER ROLE mallory SUPERUSER|; '",
            "|DO $$|;|ALTER ROLE mallory SUPERUSER|;$$",
            // What is left out, or has no end.
            "|DROP TABLE a|; DROP TABLE b;",
            "DROP TABLE a",
            "||",
            "|DO $x$ BEGIN|",
            "|SELECT 1 /* |",
            "|SELECT E'\\'|",
        ] {
            assert!(!are_all_between_bars(text), "{text}");
        }
        let text = "DROP TABLE ä";
        assert!(!are_all(text, [(0, 12)].into_iter()));
        assert!(!are_all(text, [(0, 99)].into_iter()));
        assert!(!are_all(text, [(0, 4), (0, 13)].into_iter()));
    }
}
