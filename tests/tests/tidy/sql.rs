//! SQL is read by tokens: no module of the compiler looks for letters in it.

use std::collections::BTreeSet;

use crate::{files, read, root};

/// Modules that handle other texts: file names, TOML, comments, the lock file, Rust, messages; and the
/// one that says what a token says.
const OTHER_TEXTS: [&str; 14] = [
    "file_name",
    "source",
    "literal",
    "syntax",
    "rust_path",
    "rule_ids",
    "directive",
    "settings",
    "layout",
    "recorded",
    "lockfile",
    "render",
    "sql_tests",
    "emit",
];

/// The methods of `str` that look for letters. Clippy knows them by their type, see
/// `compiler/clippy.toml`; here they are known by what they are given.
const METHODS: [&str; 20] = [
    "contains",
    "starts_with",
    "ends_with",
    "find",
    "rfind",
    "matches",
    "replace",
    "replacen",
    "split",
    "rsplit",
    "split_once",
    "rsplit_once",
    "splitn",
    "split_whitespace",
    "split_terminator",
    "strip_prefix",
    "strip_suffix",
    "trim_matches",
    "trim_start_matches",
    "trim_end_matches",
];

/// These are methods of lists and options too.
const SHARED: [&str; 3] = ["contains", "find", "replace"];

/// What a text of a statement is called here.
const TEXTS: [&str; 8] = [
    "definition",
    "text",
    "sql",
    "body",
    "word",
    "words",
    "normalised()",
    "shown()",
];

#[test]
fn sql_is_not_searched_for_letters() {
    let mut found = Vec::new();
    for file in files("rs", &["compiler/src"]) {
        let stem = file.file_stem().and_then(|stem| stem.to_str());
        let is_own = ["compiler/src", "compiler/src/render"]
            .iter()
            .any(|folder| file.parent() == Some(&root().join(folder)));
        let is_lexer = stem == Some("lexer");
        let is_other = is_own && stem.is_some_and(|stem| OTHER_TEXTS.contains(&stem));
        if is_lexer || is_other || stem == Some("tests") {
            continue;
        }
        let text = read(&file);
        // A call may go over lines.
        let code = text.split("\n#[cfg(test)]").next().unwrap_or_default();
        let lines = code
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with("//"));
        let code: String = lines.collect();
        for method in METHODS {
            let call = format!(".{method}(");
            for (at, _) in code.match_indices(&call) {
                if searches(method, &code[..at], &code[at + call.len()..]) {
                    let end = (at + 60).min(code.len());
                    let shown = code.get(at.saturating_sub(40)..end).unwrap_or(method);
                    found.push(format!("{}: {shown}", file.display()));
                }
            }
        }
    }
    assert!(
        found.is_empty(),
        "ask the tokens instead:\n{}",
        found.join("\n")
    );
}

fn searches(method: &str, before: &str, behind: &str) -> bool {
    let begins = |starts: &[&str]| starts.iter().any(|start| behind.starts_with(start));
    let is_literal = begins(&[
        "\"",
        "'",
        "b\"",
        "b'",
        "&format!",
        "&*format!",
        "char::",
        "['",
        "[\"",
    ]);
    let is_text = TEXTS.iter().any(|name| {
        before.strip_suffix(name).is_some_and(|rest| {
            !rest.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_')
        })
    });
    !SHARED.contains(&method) || is_literal || is_text
}

/// The reader of statements: from letters to a value for each command.
const READER: [&str; 28] = [
    "lexer",
    "split",
    "literal",
    "statement",
    "tokens",
    "cursor",
    "names",
    "command",
    "statement_kind",
    "target",
    "session",
    "row_change",
    "effect",
    "data_type",
    "signature",
    "condition",
    "partition",
    "form",
    "alteration",
    "property",
    "upkeep",
    "action",
    "definition",
    "facts",
    "query",
    "written",
    "portion",
    "grammar",
];

/// What walks over tokens and is no reader of statements, each with what it walks over.
const OTHER_WALKERS: [(&str, &str); 18] = [
    ("directive", "the arguments of directives"),
    ("script", "cuts a file into its statements"),
    ("syntax", "the tokens of another parser"),
    ("syntax/corrected", "the tokens of another parser"),
    (
        "feature",
        "words that are new in a version, wherever they stand",
    ),
    ("rules/certain/history_table", "any token"),
    ("rules/certain/invisible_character", "any token"),
    ("rules/certain/psql_variable", "any token"),
    ("rules/full/frozen_time", "any token"),
    ("catalog/stars", "queries that are kept"),
    ("expression", "expressions that are kept"),
    ("difference", "definitions that are kept"),
    ("proof", "definitions that are kept"),
    ("locks/kept", "definitions that are kept"),
    ("locks/volatile", "expressions that are kept"),
    ("locks/relatives", "definitions that are kept"),
    ("locks/domains", "definitions that are kept"),
    ("locks/columns", "definitions that are kept"),
];

/// How a walk over tokens looks.
const STEPS: [&str; 15] = [
    "Cursor::new(",
    "Cursor::of(",
    ".tokens",
    ".peek(",
    ".advance(",
    ".sees(",
    ".eat(",
    ".eat_text(",
    ".finds(",
    ".finds_word",
    ".are(",
    ".is(0",
    ".is(1",
    ".is(index",
    ".word(0",
];

/// A statement is read once, into a value; the rules, the catalog, the locks and whoever else asks do not
/// look at its tokens again.
#[test]
fn one_reader_walks_over_statements() {
    let mut found = Vec::new();
    let mut walkers = BTreeSet::new();
    let source = root().join("compiler/src");
    for file in files("rs", &["compiler/src"]) {
        let own = file.strip_prefix(&source).expect("a file of the compiler");
        let name = own.with_extension("").display().to_string();
        if name.ends_with("tests") || READER.contains(&name.as_str()) {
            continue;
        }
        let text = read(&file);
        let code = text.split("\n#[cfg(test)]").next().unwrap_or_default();
        let lines = code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        let steps = lines.filter(|line| {
            // A statement is cut out of a file.
            let walks = |step: &str| line.contains(step) && !line.contains("&split.tokens[");
            STEPS.iter().any(|step| walks(step))
        });
        let steps: Vec<&str> = steps.collect();
        if steps.is_empty() {
            continue;
        }
        if OTHER_WALKERS.iter().any(|(other, _)| *other == name) {
            walkers.insert(name);
            continue;
        }
        found.push(format!("{}: {}", file.display(), steps[0].trim()));
    }
    assert!(
        found.is_empty(),
        "let the reader make a value of it, and ask that:\n{}",
        found.join("\n")
    );
    let listed = OTHER_WALKERS.iter().map(|(name, _)| (*name).to_owned());
    assert_eq!(walkers, listed.collect(), "the list is true");
}

/// What clippy is told, which sees the types: in `compiler/clippy.toml` which methods, in `lib.rs` where
/// they are allowed.
#[test]
fn clippy_knows_where_texts_are_searched() {
    let told = read(&root().join("compiler/clippy.toml"));
    for method in METHODS {
        assert!(told.contains(&format!("\"str::{method}\"")), "{method}");
    }
    let general = read(&root().join("clippy.toml"));
    for line in general.lines() {
        assert!(told.contains(line), "compiler/clippy.toml lacks {line}");
    }
    let lib = read(&root().join("compiler/src/lib.rs"));
    let mut allowed = BTreeSet::new();
    for piece in lib
        .split("\n#[allow(clippy::disallowed_methods, reason = ")
        .skip(1)
    {
        let module = piece
            .split_once("mod ")
            .and_then(|(_, rest)| rest.split(';').next());
        allowed.insert(module.expect("a module").to_owned());
    }
    assert_eq!(
        allowed,
        OTHER_TEXTS.map(str::to_owned).into(),
        "the list is the same"
    );
    for file in files("rs", &["compiler/src"]) {
        let allows = read(&file).matches("disallowed_methods").count();
        let is_lib = file == root().join("compiler/src/lib.rs");
        assert!(
            is_lib || allows == 0,
            "{} allows itself something",
            file.display()
        );
    }
}
