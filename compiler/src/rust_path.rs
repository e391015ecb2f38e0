//! The path of a Rust function, as a comment in a SQL file names it.

/// Words that are no names in Rust:
/// <https://doc.rust-lang.org/reference/keywords.html>.
#[rustfmt::skip]
const KEYWORDS: [&str; 52] = [
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if",
    "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
    "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Whether it is the whole path of a function, from its crate on. It stands in generated code and
/// in the history, and has to mean the same in both: `self` and `super` would not.
pub fn is_function(path: &str) -> bool {
    let mut names = path.split("::");
    let first = names.next().unwrap_or_default();
    let rest: Vec<&str> = names.collect();
    (first == "crate" || is_name(first)) && !rest.is_empty() && rest.into_iter().all(is_name)
}

fn is_name(word: &str) -> bool {
    let is_start = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    word.bytes().next().is_some_and(is_start)
        && word
            .bytes()
            .all(|byte| is_start(byte) || byte.is_ascii_digit())
        && word != "_"
        && !KEYWORDS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::is_function;

    #[test]
    fn paths_are_whole() {
        for path in [
            "crate::hash",
            "crate::a::b::c",
            "lib::migrations::v7::_hash2",
        ] {
            assert!(is_function(path), "{path}");
        }
        for path in [
            "",
            "hash",
            "::hash",
            "crate",
            "crate::",
            "self::hash",
            "super::hash",
            "crate::fn",
            "crate::2a",
            "crate::_",
            "crate::a::<u8>",
            "crate::a b",
            "crate :: a",
            "crate::größe",
        ] {
            assert!(!is_function(path), "{path}");
        }
    }
}
