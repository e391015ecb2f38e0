//! Every query of ours, as its file has it, and the names that it mentions.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// What is written into migrations, and what no server is asked.
const NO_QUERIES: [&str; 2] = [
    "xtask/src/authoring/new/",
    "xtask/src/moving/import/nothing.sql",
];

/// By path, below the root of the workspace.
pub(crate) fn queries() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut open = vec![root.join("runtime/src"), root.join("xtask/src")];
    let mut found = BTreeMap::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|it| it == "sql") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
                if !NO_QUERIES.iter().any(|start| name.starts_with(start)) {
                    found.insert(name.to_owned(), fs::read_to_string(&path).unwrap());
                }
            }
        }
    }
    assert!(found.len() > 80, "{}", found.len());
    found
}

/// What can be looked up along a search path.
#[derive(Debug, Default)]
pub(crate) struct Mentioned {
    pub(crate) operators: BTreeSet<String>,
    /// Names before a parenthesis.
    pub(crate) functions: BTreeSet<String>,
    /// All names in small letters: among them those of tables and types.
    pub(crate) words: BTreeSet<String>,
}

/// Those that the server calls for words: `=` for `IN`, `CASE x WHEN`, `NULLIF` and `IS DISTINCT
/// FROM`, `~~` for `LIKE`, `<=` and `>=` for `BETWEEN`.
const HIDDEN: [&str; 10] = ["=", "<>", "<", ">", "<=", ">=", "~~", "!~~", "~", "||"];
/// The same: `EXTRACT`, `AT TIME ZONE` and casts that are written as calls.
const CALLED: [&str; 6] = [
    "date_part",
    "extract",
    "timezone",
    "text",
    "name",
    "array_cat",
];

impl Mentioned {
    pub(crate) fn by(queries: &BTreeMap<String, String>) -> Self {
        let mut all = Self::default();
        all.operators.extend(HIDDEN.map(str::to_owned));
        all.functions.extend(CALLED.map(str::to_owned));
        for text in queries.values() {
            all.read(&bare(text));
        }
        // Of arguments and of PL/pgSQL; neither is an operator.
        all.operators.retain(|it| it != "=>");
        all
    }

    fn read(&mut self, text: &str) {
        let is_sign = |sign: char| "+-*/<>=~!@#%^&|`?".contains(sign);
        let is_letter = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let is_same = |sign: char| {
                if is_sign(first) {
                    is_sign(sign)
                } else {
                    is_letter(first) && is_letter(sign)
                }
            };
            let end = rest.find(|sign| !is_same(sign)).unwrap_or(rest.len());
            let (word, following) = rest.split_at(end.max(first.len_utf8()));
            rest = following;
            if is_sign(first) {
                self.operators.insert(word.to_owned());
            } else if first.is_ascii_lowercase() {
                self.words.insert(word.to_owned());
                if rest.starts_with('(') {
                    self.functions.insert(word.to_owned());
                }
            }
        }
    }
}

/// Without comments, constants and what is filled in.
fn bare(text: &str) -> String {
    let text = without_comments(text);
    let outside = text.split('\'').step_by(2);
    let text: String = outside.flat_map(|part| [part, " "]).collect();
    let mut pieces = text.split('{');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| {
        text + " " + piece.split_once('}').map_or(piece, |(_, rest)| rest)
    })
}

fn without_comments(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.split_once("--").map_or(line, |(code, _)| code));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// With single spaces and no comments, so that the log of a server can be searched.
pub(crate) fn flat(text: &str) -> String {
    let words = without_comments(text);
    let words: Vec<&str> = words.split_whitespace().collect();
    words.join(" ")
}

/// The longest part of a query into which nothing is filled.
pub(crate) fn longest_part(query: &str) -> String {
    let query = flat(query);
    let mut parts = vec![String::new()];
    for (index, piece) in query.split('{').enumerate() {
        match after_name(piece).filter(|_| index > 0) {
            Some(rest) => parts.push(rest.to_owned()),
            None => {
                let part = parts.last_mut().unwrap();
                if index > 0 {
                    part.push('{');
                }
                part.push_str(piece);
            }
        }
    }
    let longest = parts.into_iter().max_by_key(|part| part.trim().len());
    longest
        .unwrap_or_default()
        .trim()
        .trim_end_matches(';')
        .to_owned()
}

/// What follows `name}`.
fn after_name(piece: &str) -> Option<&str> {
    let (name, rest) = piece.split_once('}')?;
    let is_name = !name.is_empty() && name.chars().all(|it| it.is_ascii_lowercase() || it == '_');
    is_name.then_some(rest)
}
