//! Deterministic texts: pieces of the project's own SQL, torn and put together anew.

use std::fs;
use std::path::Path;

/// Pieces that open, close, hide or end something, or are hard to cut.
#[rustfmt::skip]
const PIECES: [&str; 75] = [
    "'",
    "''",
    "\"",
    "$$",
    "$a$",
    "$",
    "$1",
    "$é$",
    "E'",
    "e'\\'",
    "U&'",
    "U&\"",
    "N'",
    "B'",
    "X'",
    "--",
    "/*",
    "*/",
    "\n",
    "\r",
    "\r\n",
    "\0",
    "\t",
    "\u{b}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{feff}",
    "\u{fffd}",
    "é",
    "語",
    "🦀",
    "\\",
    ";",
    ";;",
    "(",
    ")",
    "[",
    ":x",
    "::",
    "..",
    "+-",
    "*-",
    "@-",
    "1e",
    "BEGIN ATOMIC ",
    "CREATE FUNCTION f() BEGIN ATOMIC ",
    " CASE ",
    " END;",
    "COPY t FROM stdin;\n",
    "DO E'",
    "DO $$BEGIN COMMIT; END$$;",
    "COMMIT",
    "CREATE INDEX CONCURRENTLY ",
    "-- pgstrata: ",
    "-- pgstrata: allow psql-variable: ",
    "no-transaction\n",
    "lock-timeout 9",
    "irreversible ",
    "requires 1,",
    " open\n",
    " 1 up: down: chain:",
    "-- pgstrata: no-transaction\n-- pgstrata: batch pause 1s\n-- pgstrata: key a\n",
    "-- pgstrata: optional\n",
    "-- pgstrata: requires a, 1\n",
    "requires-extension \"a",
    "requires-table a.",
    "phase expand",
    "total SELECT ",
    "expect-error 23505\n",
    "CREATE EXTENSION ",
    " RETURNING a",
    " verify:",
    " 1 checksum:",
    "repeatable/a.sql",
];

/// Longer ones would only be slower: what is to be found shows in a few dozen bytes.
const MAX_BYTES: usize = 300;

/// As many as the environment asks for; the same in every run.
pub(crate) struct Texts {
    corpus: Vec<String>,
    pub(crate) count: usize,
    random: Random,
}

impl Texts {
    pub(crate) fn new(seed: u64) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut corpus = Vec::new();
        for folder in ["../migrations", "src/rules"] {
            sql_files(&root.join(folder), &mut corpus);
        }
        assert!(
            corpus.len() > 60,
            "the corpus has only {} files",
            corpus.len()
        );
        let count = std::env::var("PGSTRATA_FUZZ_INPUTS").ok();
        let count = count.map_or(5000, |count| count.parse().expect("a number of inputs"));
        Self {
            corpus,
            count,
            random: Random(seed),
        }
    }

    /// Tries a property on every text; counts how often it says that it had a say.
    pub(crate) fn for_each(&mut self, property: impl Fn(&str) -> bool) -> usize {
        let mut counted = 0;
        for _ in 0..self.count {
            let text = self.text();
            let _shown = ShownOnPanic(&text);
            counted += usize::from(property(&text));
        }
        counted
    }

    fn text(&mut self) -> String {
        let mut text = self.window();
        for _ in 0..self.random.below(6) {
            text = self.changed(text);
        }
        let end = floor(&text, text.len().min(MAX_BYTES));
        text.truncate(end);
        text
    }

    /// A piece of the corpus.
    fn window(&mut self) -> String {
        let text = &self.corpus[self.random.below(self.corpus.len())];
        let start = match self.random.below(3) {
            0 => 0,
            _ => floor(text, self.random.below(text.len() + 1)),
        };
        let end = floor(text, (start + self.random.below(160)).min(text.len())).max(start);
        text[start..end].to_owned()
    }

    fn changed(&mut self, mut text: String) -> String {
        let at = floor(&text, self.random.below(text.len() + 1));
        let end = floor(&text, (at + self.random.below(20)).min(text.len())).max(at);
        let piece = PIECES[self.random.below(PIECES.len())];
        match self.random.below(8) {
            0 => text.replace_range(at..end, ""),
            1 => text = [&text[..end], &text[at..]].concat(),
            2 | 3 => text.insert_str(at, piece),
            4 => text = text[..at].to_owned() + &self.window(),
            5 => text.truncate(at),
            6 => text.insert_str(at, &piece.repeat(self.random.below(40))),
            _ => {
                let mut bytes = text.into_bytes();
                for _ in 0..=self.random.below(4) {
                    let byte = u8::try_from(self.random.below(256)).expect("a byte");
                    bytes.insert(self.random.below(bytes.len() + 1), byte);
                }
                text = String::from_utf8_lossy(&bytes).into_owned();
            }
        }
        text
    }
}

fn sql_files(folder: &Path, texts: &mut Vec<String>) {
    let entries = fs::read_dir(folder).expect("the corpus");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            sql_files(&path, texts);
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            texts.push(fs::read_to_string(&path).expect("UTF-8"));
        }
    }
}

/// The last character boundary up to here.
fn floor(text: &str, offset: usize) -> usize {
    (0..=offset)
        .rev()
        .find(|&offset| text.is_char_boundary(offset))
        .unwrap_or(0)
}

/// A panic inside the compiler does not say what it was given.
struct ShownOnPanic<'a>(&'a str);

impl Drop for ShownOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the text was {:?}", self.0);
        }
    }
}

/// A linear congruential generator (Knuth, MMIX): the same texts in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % limit
    }
}
