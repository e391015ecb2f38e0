//! Keys that are known, and what slips are told.

use std::time::Duration;

use super::{Contract, Level, Numbering, Pattern, Settings};
use crate::span::{Span, position};

const RULES: [&str; 2] = ["psql-variable", "not-in-transaction"];

/// Each refusal as `line:column message | help`.
fn refusals(text: &str) -> Vec<String> {
    let found = Settings::parse(text, &RULES).expect_err("bad settings");
    let shown = found.into_iter().map(|found| {
        let at = position(text, found.labels[0].span.expect("a place").start);
        let help = found.help.unwrap_or_default();
        format!("{}:{} {} | {help}", at.line, at.column, found.message)
    });
    shown.collect()
}

#[test]
fn every_setting() {
    let text = r#"
            numbering = "gaps"          # TOML has comments
            ignore = ["notes.txt", '*.md']
            check-from = "0043"
            contract = "next-release"
            contract-after = "36h"
            history-owner = ["app_owner", "dba"]
            search-path = ["app", "public"]
            stored-down = "trust"
            [rules]
            psql-variable = "warn"
            not-in-transaction = "off"
        "#;
    let settings = Settings::parse(text, &RULES).unwrap();
    assert_eq!(settings.numbering, Numbering::Gaps);
    assert!(settings.ignores("notes.txt") && settings.ignores("a.md"));
    assert!(!settings.are_rules_for(42) && settings.are_rules_for(43));
    assert_eq!(settings.contract, Contract::NextRelease);
    assert_eq!(
        settings.contract_after,
        Some(Duration::from_secs(36 * 3600))
    );
    assert_eq!(settings.history_owners, ["app_owner", "dba"]);
    assert_eq!(settings.search_path, ["app", "public"]);
    assert!(settings.trusts_stored_down);
    assert_eq!(settings.levels["psql-variable"], Level::Warn);
    assert_eq!(settings.levels["not-in-transaction"], Level::Off);
}

#[test]
fn an_empty_file_is_the_defaults() {
    let settings = Settings::parse("", &RULES).unwrap();
    assert_eq!(settings.numbering, Numbering::Sequential);
    assert!(!settings.ignores("notes.txt") && settings.are_rules_for(1));
    assert!(settings.levels.is_empty());
}

#[test]
fn slips_are_errors_with_a_suggestion() {
    for (text, expected) in [
        (
            "search-path = ['app', '']",
            "1:23 `search-path` takes the name of a schema, not this string | write `search-path = \"app\"`, or a list of schemas in which names are looked up",
        ),
        (
            "history-owner = [1]",
            "1:18 `history-owner` takes the name of a role, not this integer | write `history-owner = \"app_owner\"`, or a list of roles",
        ),
        (
            "stored-down = 'yes'",
            "1:16 `yes` is no value of `stored-down` | write one of \"refuse\", \"trust\"",
        ),
        (
            "contract = 'with-expnad'",
            "1:13 `with-expnad` is no value of `contract` | did you mean \"with-expand\"?",
        ),
        (
            "contract-after = '1 week'",
            "1:19 `1 week` is not a duration | write `contract-after = \"24h\"`; units are ms, s, min and h, up to 24 days",
        ),
        (
            "contract = 'with-expand'\ncontract-after = '1h'",
            "2:19 with `contract = \"with-expand\"` no contract step waits | remove one of the two",
        ),
        (
            "numberin = 'gaps'",
            "1:1 `numberin` is no setting | did you mean `numbering`?",
        ),
        (
            "check_from = '1'",
            "1:1 `check_from` is no setting | did you mean `check-from`?",
        ),
        (
            "schema = 'x'",
            "1:1 `schema` is no setting | the settings are numbering, ignore, check-from, postgres, backup, contract, contract-after, history-owner, search-path, stored-down, rules",
        ),
        (
            "numbering = 'gap'",
            "1:14 `gap` is no value of `numbering` | did you mean \"gaps\"?",
        ),
        (
            "backup = 'ful'",
            "1:11 `ful` is no value of `backup` | did you mean \"full\"?",
        ),
        (
            "numbering = 'dates'",
            "1:14 `dates` is no value of `numbering` | write one of \"sequential\", \"gaps\", \"timestamp\"",
        ),
        (
            "numbering = true",
            "1:13 `numbering` takes a string, not this boolean | write one of \"sequential\", \"gaps\", \"timestamp\"",
        ),
        (
            "ignore = '*.md'",
            "1:11 `ignore` takes a list of strings, not this string | write `ignore = [\"notes.txt\", \"*.md\"]`, for example",
        ),
        (
            "ignore = ['a', 1]",
            "1:16 `ignore` takes a list of strings, not this integer | write `ignore = [\"notes.txt\", \"*.md\"]`, for example",
        ),
        (
            "ignore = ['docs/*']",
            "1:12 `docs/*` is no pattern of a file name | write the name of a file beside the migrations; only `*` is special",
        ),
        (
            "check-from = 43",
            "1:14 `check-from` takes a string, not this integer | write a version as the file names have it: `check-from = \"0043\"`",
        ),
        (
            "check-from = '+43'",
            "1:15 `+43` is no version | write a version as the file names have it: `check-from = \"0043\"`",
        ),
        (
            "postgres = 15",
            "1:12 `postgres` takes a string or a list of two, not this integer | write a major or two of them: `postgres = \"15\"` or `postgres = [\"13\", \"18\"]`",
        ),
        (
            "postgres = '12'",
            "1:13 `12` is no PostgreSQL from 13 to 18 | write a major or two of them: `postgres = \"15\"` or `postgres = [\"13\", \"18\"]`",
        ),
        (
            "postgres = ['15']",
            "1:12 `postgres` takes two majors | write a major or two of them: `postgres = \"15\"` or `postgres = [\"13\", \"18\"]`",
        ),
        (
            "postgres = ['15', '9.6']",
            "1:20 `9.6` is no PostgreSQL from 13 to 18 | write a major or two of them: `postgres = \"15\"` or `postgres = [\"13\", \"18\"]`",
        ),
        (
            "postgres = ['18', '13']",
            "1:12 18 is higher than 13 | write the lower one first",
        ),
        (
            "rules = 'off'",
            "1:10 `rules` takes a table, not this string | write `[rules]`",
        ),
        (
            "[rules]\npsql-varable = 'off'",
            "2:1 `psql-varable` is no rule | did you mean `psql-variable`?",
        ),
        (
            "[rules]\ngap = 'off'",
            "2:1 `gap` is no rule | the rules are psql-variable, not-in-transaction",
        ),
        (
            "[rules]\ncheck-from = '0043'",
            "2:1 `check-from` is no rule | `check-from` is a setting: move it above `[rules]`",
        ),
        (
            "[rules]\npsql-variable = 'allow'",
            "2:18 `allow` is no value of `psql-variable` | write one of \"deny\", \"warn\", \"off\"",
        ),
    ] {
        assert_eq!(refusals(text), [expected], "{text}");
    }
}

#[test]
fn broken_files_show_the_place() {
    for (text, expected) in [
        ("check-from = 0043", "1:15 this is not TOML: invalid number"),
        (
            "numbering =",
            "1:12 this is not TOML: unexpected eof encountered",
        ),
        (
            "numbering",
            "1:10 this is not TOML: expected an equals, found eof",
        ),
        (
            "é = 1",
            "1:1 this is not TOML: unexpected character found: `é`",
        ),
        (
            "[rules]\n[rules]",
            "2:1 this is not TOML: redefinition of table `rules`",
        ),
    ] {
        let refused = refusals(text).join("\n");
        assert_eq!(refused.split(" | ").next(), Some(expected), "{text}");
    }
}

#[test]
fn all_that_is_wrong_is_reported_from_top_to_bottom() {
    let refused = refusals("numbering = 1\nignore = [1, 2]\ncheck-from = ''\nx = 1\n");
    let places: Vec<_> = refused
        .iter()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(places, ["1:13", "2:11", "2:14", "3:14", "4:1"]);
}

#[test]
fn no_place_lies_outside_the_text() {
    let text = "a = \"é\\u00e9\"\nb = ['x', {y = 1}]\n[rules]\n'é é' = 1.5\n";
    for (start, _) in text.char_indices() {
        for cut in ["", "[", "]", "{", "\"", "'", "=", "é", "\\", "\0"] {
            let mut torn = text[..start].to_owned();
            torn.push_str(cut);
            for torn in [torn.clone(), torn + &text[start..]] {
                for found in Settings::parse(&torn, &RULES).err().into_iter().flatten() {
                    for label in found.labels {
                        let Span { start, end } = label.span.unwrap();
                        assert!(torn.get(start..end).is_some(), "{torn:?} {start}..{end}");
                    }
                }
            }
        }
    }
}

#[test]
fn stars() {
    let matches = |pattern: &str, name: &str| {
        Pattern {
            text: pattern.to_owned(),
            span: Span::new(0, 0),
        }
        .matches(name)
    };
    for (pattern, name) in [
        ("notes.txt", "notes.txt"),
        ("*.md", "a.md"),
        ("*", "anything"),
        ("a*", "a"),
        ("a*b*c", "a.b.b.c"),
        ("*.tar.*", "x.tar.gz"),
        ("**", "x"),
    ] {
        assert!(matches(pattern, name), "{pattern} {name}");
    }
    for (pattern, name) in [
        ("notes.txt", "notes.txt.sql"),
        ("*.md", "a.mdx"),
        ("a*a", "a"),
        ("a*b*b", "ab"),
        ("*.tar.*", "x.tar"),
    ] {
        assert!(!matches(pattern, name), "{pattern} {name}");
    }
}
