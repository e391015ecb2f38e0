//! Whatever the text, the front end does not panic, loses no byte of it, and takes time
//! in proportion to its length.
//! The file is long since all tests share how texts are made and shown.
//!
//! `PGSTRATA_FUZZ_INPUTS` says how many texts each test looks at.

#![allow(clippy::disallowed_methods, reason = "texts are made here, not read")]

mod texts;

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use pgstrata_compiler::checksum::{ALGORITHM, hex, sha256};
use pgstrata_compiler::diagnostic::Diagnostic;
use pgstrata_compiler::directive::Directive;
use pgstrata_compiler::file_name::{FileName, Purpose, repeatable_name, snake_case};
use pgstrata_compiler::lexer::{TokenKind, dollar_body, tokens};
use pgstrata_compiler::lockfile::{Line, LockFile, Seal};
use pgstrata_compiler::migration::Migration;
use pgstrata_compiler::recorded::{Content, Recorded};
use pgstrata_compiler::render::{self, Layout};
use pgstrata_compiler::repeatable::{Repeatable, order};
use pgstrata_compiler::script::Script;
use pgstrata_compiler::settings::Settings;
use pgstrata_compiler::source::{Source, Sources};
use pgstrata_compiler::span::Span;
use pgstrata_compiler::split::split;
use pgstrata_compiler::statement::Statement;
use pgstrata_compiler::statement_kind::{StatementKind, transaction_control_in_body};
use pgstrata_compiler::{Depth, forecast, review};
use texts::Texts;

const FOR_PSQL: [&str; 3] = ["psql-command", "copy-from-stdin", "pg-dump"];

#[test]
fn tokens_cover_the_text() {
    let mut texts = Texts::new(1);
    texts.for_each(|text| {
        let mut end = 0;
        for token in tokens(text) {
            assert_eq!(token.span.start, end, "a gap");
            assert!(token.span.end > token.span.start, "an empty token");
            let _ = token.span.of(text);
            if token.kind == TokenKind::DollarString {
                let _ = dollar_body(text, token).of(text);
            }
            end = token.span.end;
        }
        assert_eq!(end, text.len(), "the end is missing");
        true
    });
}

#[test]
fn statements_lie_in_the_text_in_order_and_stand_alone() {
    let mut texts = Texts::new(2);
    let clean = texts.for_each(|text| {
        let split = split("x.sql", text);
        let mut end = 0;
        let mut joined = String::new();
        for range in &split.statements {
            let statement = Statement::new(text, &split.tokens[range.clone()]);
            let span = statement.span();
            assert!(span.start >= end, "statements overlap");
            let between = &text[end..span.start];
            // What is for psql is refused, and is no part of a statement.
            let is_refused = || {
                split
                    .diagnostics
                    .iter()
                    .any(|it| FOR_PSQL.contains(&it.rule))
            };
            assert!(is_nothing(between) || is_refused(), "{between:?}");
            joined = joined + between + span.of(text);
            end = span.end;
        }
        show(text, &split.diagnostics);
        if !split.diagnostics.is_empty() {
            return false;
        }
        assert!(
            is_nothing(&text[end..]),
            "{:?} lies behind the statements",
            &text[end..]
        );
        assert_eq!(joined + &text[end..], text);
        for range in &split.statements {
            let all = Statement::new(text, &split.tokens[range.clone()]);
            let alone = pgstrata_compiler::split::split("x.sql", all.span().of(text));
            assert_eq!(alone.diagnostics, []);
            assert_eq!(alone.statements.len(), 1, "it is cut once more");
            assert_eq!(alone.statements[0], 0..range.len());
        }
        true
    });
    assert!(
        clean * 10 > texts.count,
        "only {clean} texts were cut cleanly"
    );
}

#[test]
fn statements_can_be_told_and_rules_run() {
    let mut texts = Texts::new(3);
    let clean = texts.for_each(|text| {
        let split = split("x.sql", text);
        for range in &split.statements {
            let kind = Statement::new(text, &split.tokens[range.clone()]).kind();
            let span = match kind {
                StatementKind::TransactionControl(span) => span,
                StatementKind::NotInTransaction(reason) => reason.span,
                StatementKind::Do(token) => token.span,
                StatementKind::Other => continue,
            };
            assert!(!span.of(text).is_empty());
        }
        for span in transaction_control_in_body(text, Span::new(0, text.len())) {
            assert!(!span.of(text).is_empty());
        }
        let source = Source {
            name: "repeatable/r.sql".to_owned(),
            text: Some(text.to_owned()),
        };
        let mut repeatables = Vec::new();
        match Repeatable::read("r", &source) {
            Ok(repeatable) => repeatables.push(repeatable),
            Err(found) => show(text, &found),
        }
        show(text, &order(&mut repeatables, &[]));
        let verify = read(text, Purpose::Verify).ok();
        if let Ok(test) = read(text, Purpose::Test) {
            assert!(
                test.expected_errors
                    .keys()
                    .all(|&it| it < test.statements.len())
            );
        }
        match (read(text, Purpose::Up), read(text, Purpose::Down)) {
            (Ok(up), Ok(down)) => {
                assert_eq!(up.boundaries().count(), up.statements.len());
                assert!(up.special.is_sorted_by_key(|special| special.statement));
                assert!(
                    up.special
                        .iter()
                        .all(|it| it.statement < up.statements.len())
                );
                let migration = Migration {
                    version: 1,
                    label: "0001_x".to_owned(),
                    up,
                    down,
                    verify,
                };
                let migrations = [migration];
                let found = review::check(
                    &migrations,
                    &repeatables,
                    &Settings::default(),
                    Depth::Full,
                    None,
                    &|_| false,
                );
                show(text, &found);
                forecast::of_versions(&migrations, &[], |_| true);
                true
            }
            (up, down) => {
                up.err()
                    .iter()
                    .chain(&down.err())
                    .for_each(|found| show(text, found));
                false
            }
        }
    });
    assert!(clean * 20 > texts.count, "only {clean} texts were read");
}

#[test]
fn checksums_see_tokens_and_nothing_else() {
    let mut texts = Texts::new(4);
    let clean = texts.for_each(|text| {
        let Ok(script) = read(text, Purpose::Up) else {
            return false;
        };
        let spread = spread(text, &script, |token| {
            if token.is_multiple_of(2) {
                " "
            } else {
                "/* 'x */"
            }
        });
        let again = read(&spread, Purpose::Up).expect("the same statements");
        assert_eq!(again.checksum, script.checksum, "{spread:?}");
        let statement = &script.statements[text.len() % script.statements.len()];
        let removed = script.tokens[statement.start + text.len() % statement.len()].span;
        let shorter = format!("{} {}", &text[..removed.start], &text[removed.end..]);
        if let Ok(other) = read(&shorter, Purpose::Up) {
            assert_ne!(other.checksum, script.checksum, "{shorter:?}");
        }
        true
    });
    assert!(clean * 20 > texts.count, "only {clean} texts were read");
}

#[test]
fn directives_are_read_or_refused() {
    let mut texts = Texts::new(5);
    texts.for_each(|text| {
        let _ = Directive::parse(text);
        let _ = Directive::parse(&format!("-- {text}"));
        if let Some(Err(refused)) = Directive::parse(&format!("-- pgstrata: {text}")) {
            assert_eq!(refused.rule, "directive");
        }
        true
    });
}

#[test]
fn file_names_are_read_or_refused() {
    let mut texts = Texts::new(6);
    texts.for_each(|text| {
        for name in [
            text.to_owned(),
            format!("0001_{text}.up.sql"),
            format!("{text}_a.down.sql"),
        ] {
            if let Ok(read) = FileName::parse(&name) {
                let _ = read.version();
                assert_eq!(format!("{}.{}.sql", read.label, read.purpose.word()), name);
                assert_eq!(format!("{}_{}", read.digits, read.name), read.label);
            }
        }
        let file = format!("repeatable/{text}.sql");
        assert!(repeatable_name(text).is_err() || text.starts_with("repeatable/"));
        assert!(repeatable_name(&file).is_err() || repeatable_name(&file) == Ok(text));
        let good = format!("0001_{}.up.sql", snake_case(text));
        assert!(FileName::parse(&good).is_ok(), "{good}");
        true
    });
}

#[test]
fn lock_files_are_read_or_refused_and_written_as_they_were() {
    let mut texts = Texts::new(7);
    texts.for_each(|text| {
        let digest = hex(&sha256(text.as_bytes()));
        let verify = text.len().is_multiple_of(2).then(|| digest.clone());
        let content = Content {
            algorithm: ALGORITHM,
            checksum: digest.clone(),
        };
        let seal = Seal {
            algorithm: ALGORITHM,
            up: digest.clone(),
            down: digest,
            verify,
        };
        let sealed = Line {
            seal: Some(seal),
            ..Line::open(&format!("0001_{}", snake_case(text)))
        };
        let lock = LockFile {
            lines: vec![sealed, Line::open("0002_x")],
            recorded: vec![
                Recorded {
                    content: Some(content),
                    ..Recorded::open(&format!("repeatable/a{}.sql", snake_case(text)))
                },
                Recorded::open("pgstrata.toml"),
            ],
        };
        let written = lock.write();
        let again = LockFile::parse(&written).expect("what was written can be read");
        assert_eq!(again.write(), written);
        let contents = |lock: &LockFile| {
            let lines = lock
                .lines
                .iter()
                .map(|line| (line.label.clone(), line.seal.clone()));
            let recorded = lock.recorded.iter();
            let mut recorded: Vec<_> = recorded
                .map(|line| (line.file.clone(), line.content.clone()))
                .collect();
            recorded.sort_by(|one, other| one.0.cmp(&other.0));
            (lines.collect::<Vec<_>>(), recorded)
        };
        assert_eq!(contents(&again), contents(&lock));
        // Torn at two places, with the text between.
        let (first, second) = (text.len() % written.len(), written.len() / 2);
        let torn = format!("{}{text}{}", &written[..first], &written[second..]);
        for damaged in [text, &torn, &format!("{written}{text}")] {
            match LockFile::parse(damaged) {
                Ok(lock) => assert_eq!(
                    LockFile::parse(&lock.write()).map(|again| contents(&again)),
                    Ok(contents(&lock))
                ),
                Err(refused) => {
                    for diagnostic in refused {
                        let label = diagnostic.labels[0].span.expect("a place");
                        let _ = label.of(damaged);
                    }
                }
            }
        }
        true
    });
}

/// A quarter of a megabyte takes less than half a second without optimisation. Were the time
/// to grow with the square of the length, it would be minutes, so the limit is not close.
#[test]
fn no_text_takes_long() {
    let hard: [(&str, &str); 16] = [
        ("", "/*"),
        ("", "/**/"),
        ("", "$a"),
        ("", "$a$b"),
        ("", "$a$b$c$"),
        ("", "'"),
        ("", "''"),
        ("SELECT 'a'", "\n'b'"),
        ("SELECT ", "'a' -- b\n"),
        ("", "\""),
        ("", "("),
        ("SELECT ", "+"),
        ("SELECT ", "*-"),
        ("", "SELECT 1;"),
        ("CREATE FUNCTION f() BEGIN ATOMIC ", "BEGIN ATOMIC CASE "),
        ("", "-- pgstrata: allow psql-variable: x\nSELECT 1;"),
    ];
    for (start, piece) in hard {
        let text = start.to_owned() + &piece.repeat((1 << 18) / piece.len());
        let (done, finished) = mpsc::channel();
        thread::spawn(move || {
            if let (Ok(up), Ok(down)) = (read(&text, Purpose::Up), read("SELECT 1", Purpose::Down))
            {
                assert_eq!(up.boundaries().count(), up.statements.len());
                let migration = Migration {
                    version: 1,
                    label: "0001_x".to_owned(),
                    up,
                    down,
                    verify: None,
                };
                let migrations = [migration];
                review::check(
                    &migrations,
                    &[],
                    &Settings::default(),
                    Depth::Full,
                    None,
                    &|_| false,
                );
                forecast::of_versions(&migrations, &[], |_| true);
            }
            let _ = Directive::parse(&text);
            let _ = FileName::parse(&text);
            let _ = done.send(());
        });
        let waited = finished.recv_timeout(Duration::from_secs(20));
        assert!(waited.is_ok(), "256 KiB of {piece:?}: {waited:?}");
    }
}

fn read(text: &str, purpose: Purpose) -> Result<Script, Vec<Diagnostic>> {
    Script::read("x.sql", text, purpose)
}

/// White space, comments and semicolons: what the server skips between statements.
fn is_nothing(text: &str) -> bool {
    tokens(text).all(|token| token.is_trivia() || token.span.of(text) == ";")
}

/// The text with something between each two tokens.
fn spread(text: &str, script: &Script, gap: fn(usize) -> &'static str) -> String {
    let mut spread = String::with_capacity(text.len() * 4);
    let mut end = 0;
    for (index, token) in script.tokens.iter().enumerate() {
        spread.push_str(&text[end..token.span.end]);
        spread.push_str(gap(index));
        end = token.span.end;
    }
    spread + &text[end..]
}

/// Every finding can be shown.
fn show(text: &str, diagnostics: &[Diagnostic]) {
    if diagnostics.is_empty() {
        return;
    }
    let source = |name: &str| Source {
        name: name.to_owned(),
        text: Some(text.to_owned()),
    };
    let (files, repeatables) = (vec![source("x.sql")], vec![source("repeatable/r.sql")]);
    let sources = Sources {
        files,
        repeatables,
        ..Sources::default()
    };
    for diagnostic in diagnostics {
        assert!(!render::text(diagnostic, &sources, Layout::LINES).is_empty());
    }
}
