//! What SQL has learnt since the oldest supported PostgreSQL, by its words (PostgreSQL
//! manual: Release Notes, the chapter "Migration to" and the list of changes of each major).

use crate::lexer::{Token, TokenKind};
use crate::span::Span;
use crate::statement::Statement;

/// Something that a major is the first to understand.
#[derive(Debug)]
pub struct Feature {
    /// The major.
    pub since: u16,
    /// As people call it.
    pub name: &'static str,
    /// Words with which the statement begins; any of them will do, none means all statements.
    begins: &'static [&'static [&'static str]],
    /// Words, or signs, that stand side by side in it.
    has: &'static [&'static str],
}

const fn feature(
    since: u16,
    name: &'static str,
    begins: &'static [&'static [&'static str]],
    has: &'static [&'static str],
) -> Feature {
    Feature {
        since,
        name,
        begins,
        has,
    }
}

const TABLE: &[&[&str]] = &[
    &["create"],
    &["alter", "table"],
    &["alter", "foreign", "table"],
];
const VIEW: &[&[&str]] = &[&["create"], &["alter", "view"]];
const ROUTINE: &[&[&str]] = &[
    &["create", "function"],
    &["create", "procedure"],
    &["create", "or"],
];

static FEATURES: &[Feature] = &[
    feature(
        14,
        "CREATE OR REPLACE TRIGGER",
        &[&["create", "or", "replace"]],
        &["replace", "trigger"],
    ),
    feature(
        14,
        "CREATE OR REPLACE TRIGGER",
        &[&["create", "or", "replace"]],
        &["replace", "constraint", "trigger"],
    ),
    feature(14, "BEGIN ATOMIC", ROUTINE, &["begin", "atomic"]),
    feature(
        14,
        "DETACH PARTITION … FINALIZE",
        &[&["alter", "table"]],
        &["finalize"],
    ),
    feature(
        14,
        "SET COMPRESSION",
        &[&["alter", "table"]],
        &["set", "compression"],
    ),
    feature(
        14,
        "COMPRESSION",
        &[&["create", "table"]],
        &["compression", "lz4"],
    ),
    feature(
        14,
        "COMPRESSION",
        &[&["create", "table"]],
        &["compression", "pglz"],
    ),
    feature(
        14,
        "SEARCH DEPTH FIRST",
        &[],
        &["search", "depth", "first", "by"],
    ),
    feature(
        14,
        "SEARCH BREADTH FIRST",
        &[],
        &["search", "breadth", "first", "by"],
    ),
    feature(14, "GROUP BY DISTINCT", &[], &["group", "by", "distinct"]),
    feature(14, "int4multirange", &[], &["int4multirange"]),
    feature(14, "int8multirange", &[], &["int8multirange"]),
    feature(14, "nummultirange", &[], &["nummultirange"]),
    feature(14, "datemultirange", &[], &["datemultirange"]),
    feature(14, "tsmultirange", &[], &["tsmultirange"]),
    feature(14, "tstzmultirange", &[], &["tstzmultirange"]),
    feature(
        15,
        "NULLS NOT DISTINCT",
        TABLE,
        &["nulls", "not", "distinct"],
    ),
    feature(15, "MERGE", &[&["merge", "into"]], &["merge", "into"]),
    feature(15, "security_invoker", VIEW, &["security_invoker"]),
    feature(
        15,
        "SET ACCESS METHOD",
        &[&["alter"]],
        &["set", "access", "method"],
    ),
    feature(
        15,
        "UNLOGGED SEQUENCE",
        &[&["create"], &["alter"]],
        &["unlogged", "sequence"],
    ),
    feature(
        15,
        "TABLES IN SCHEMA",
        &[&["create", "publication"], &["alter", "publication"]],
        &["tables", "in", "schema"],
    ),
    feature(
        15,
        "ON DELETE SET NULL (…)",
        TABLE,
        &["on", "delete", "set", "null", "("],
    ),
    feature(
        15,
        "ON DELETE SET DEFAULT (…)",
        TABLE,
        &["on", "delete", "set", "default", "("],
    ),
    feature(16, "JSON_ARRAY", &[], &["json_array", "("]),
    feature(16, "JSON_ARRAYAGG", &[], &["json_arrayagg", "("]),
    feature(16, "JSON_OBJECTAGG", &[], &["json_objectagg", "("]),
    feature(16, "IS JSON", &[], &["is", "json"]),
    feature(16, "IS NOT JSON", &[], &["is", "not", "json"]),
    feature(
        16,
        "STORAGE",
        &[&["create", "table"]],
        &["storage", "external"],
    ),
    feature(
        16,
        "STORAGE",
        &[&["create", "table"]],
        &["storage", "extended"],
    ),
    feature(
        16,
        "STORAGE",
        &[&["create", "table"]],
        &["storage", "plain"],
    ),
    feature(16, "STORAGE", &[&["create", "table"]], &["storage", "main"]),
    feature(
        17,
        "SET EXPRESSION",
        &[&["alter", "table"]],
        &["set", "expression", "as"],
    ),
    feature(
        17,
        "WHEN NOT MATCHED BY",
        &[&["merge"], &["with"]],
        &["not", "matched", "by"],
    ),
    feature(17, "JSON_TABLE", &[], &["json_table", "("]),
    feature(17, "JSON_EXISTS", &[], &["json_exists", "("]),
    feature(17, "JSON_QUERY", &[], &["json_query", "("]),
    feature(17, "JSON_VALUE", &[], &["json_value", "("]),
    feature(17, "JSON_SCALAR", &[], &["json_scalar", "("]),
    feature(17, "JSON_SERIALIZE", &[], &["json_serialize", "("]),
    feature(
        17,
        "GRANT MAINTAIN",
        &[&["grant"], &["revoke"]],
        &["maintain"],
    ),
    feature(
        17,
        "transaction_timeout",
        &[&["set"]],
        &["transaction_timeout"],
    ),
    feature(18, "GENERATED … VIRTUAL", TABLE, &[")", "virtual"]),
    feature(18, "WITHOUT OVERLAPS", TABLE, &["without", "overlaps"]),
    feature(18, "NOT ENFORCED", TABLE, &["not", "enforced"]),
];

/// What the statement has that a server of this major does not understand, each with its
/// first place.
pub fn newer(statement: Statement<'_>, major: u16) -> Vec<(&'static Feature, Span)> {
    let begins = |feature: &&Feature| {
        feature.begins.is_empty() || feature.begins.iter().any(|words| statement.are(0, words))
    };
    let mut newer = Vec::new();
    for feature in FEATURES
        .iter()
        .filter(|feature| feature.since > major)
        .filter(begins)
    {
        let place =
            (0..statement.tokens.len()).find(|&index| stands_at(statement, index, feature.has));
        if let Some(index) = place {
            let last = index + feature.has.len() - 1;
            newer.push((
                feature,
                statement.tokens[index].span.to(statement.tokens[last].span),
            ));
        }
    }
    newer.extend(named_not_null(statement, major));
    newer.extend(detached_concurrently(statement, major));
    newer.extend(newer_numbers(statement, major));
    newer
}

fn stands_at(statement: Statement<'_>, index: usize, words: &[&str]) -> bool {
    words.iter().enumerate().all(|(offset, word)| {
        let index = index + offset;
        // Function names may be quoted by nobody, and keywords are not.
        statement.is(index, word)
            || !word.chars().next().is_some_and(char::is_alphabetic)
                && statement.word(index) == *word
    })
}

/// `ADD CONSTRAINT name NOT NULL column`, a table constraint since PostgreSQL 18.
fn named_not_null(statement: Statement<'_>, major: u16) -> Option<(&'static Feature, Span)> {
    static NAMED: Feature = feature(18, "ADD CONSTRAINT … NOT NULL", &[], &[]);
    if major >= NAMED.since || !statement.are(0, &["alter", "table"]) {
        return None;
    }
    let index = (0..statement.tokens.len()).find(|&index| {
        statement.are(index, &["add", "constraint"]) && statement.are(index + 3, &["not", "null"])
    })?;
    Some((
        &NAMED,
        statement.tokens[index]
            .span
            .to(statement.tokens[index + 4].span),
    ))
}

/// `DETACH PARTITION name CONCURRENTLY`.
fn detached_concurrently(statement: Statement<'_>, major: u16) -> Option<(&'static Feature, Span)> {
    static DETACHED: Feature = feature(14, "DETACH PARTITION … CONCURRENTLY", &[], &[]);
    let last = statement.tokens.len() - 1;
    let detaches = statement.are(0, &["alter", "table"]) && statement.finds_word("detach");
    let newer = major < DETACHED.since && detaches && statement.is(last, "concurrently");
    newer.then(|| (&DETACHED, statement.tokens[last].span))
}

/// `1_000` and `0x1F`, which were a number and an alias before.
fn newer_numbers(statement: Statement<'_>, major: u16) -> Option<(&'static Feature, Span)> {
    static NUMBERS: Feature = feature(16, "1_000 or 0xFF", &[], &[]);
    let continues = |pair: &[Token]| {
        let [number, behind] = pair else { return false };
        number.kind == TokenKind::Number
            && behind.kind == TokenKind::Word
            && number.span.end == behind.span.start
    };
    let pair = statement.tokens.windows(2).find(|pair| continues(pair))?;
    (major < NUMBERS.since).then(|| (&NUMBERS, pair[0].span.to(pair[1].span)))
}

#[cfg(test)]
mod tests {
    use super::newer;
    use crate::split::split;
    use crate::statement::Statement;

    fn found(text: &str, major: u16) -> Vec<String> {
        let split = split("x.sql", text);
        let statement = Statement::new(text, &split.tokens[split.statements[0].clone()]);
        let found = newer(statement, major);
        found
            .iter()
            .map(|(feature, span)| format!("{} {}", feature.since, span.of(text)))
            .collect()
    }

    #[test]
    fn each_is_found_below_its_major_and_not_from_it_on() {
        for (text, expected) in [
            (
                "CREATE OR REPLACE TRIGGER x BEFORE UPDATE ON t EXECUTE FUNCTION f()",
                "14 REPLACE TRIGGER",
            ),
            (
                "CREATE OR REPLACE CONSTRAINT TRIGGER x AFTER UPDATE ON t EXECUTE FUNCTION f()",
                "14 REPLACE CONSTRAINT TRIGGER",
            ),
            (
                "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END",
                "14 BEGIN ATOMIC",
            ),
            (
                "ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
                "14 CONCURRENTLY",
            ),
            ("ALTER TABLE t DETACH PARTITION p FINALIZE", "14 FINALIZE"),
            (
                "ALTER TABLE t ALTER a SET COMPRESSION lz4",
                "14 SET COMPRESSION",
            ),
            (
                "CREATE TABLE t (a text COMPRESSION lz4)",
                "14 COMPRESSION lz4",
            ),
            (
                "CREATE TABLE t (a text COMPRESSION pglz)",
                "14 COMPRESSION pglz",
            ),
            (
                "WITH RECURSIVE a AS (SELECT 1) SEARCH DEPTH FIRST BY id SET o SELECT 1",
                "14 SEARCH DEPTH FIRST BY",
            ),
            (
                "WITH RECURSIVE a AS (SELECT 1) SEARCH BREADTH FIRST BY id SET o SELECT 1",
                "14 SEARCH BREADTH FIRST BY",
            ),
            (
                "SELECT 1 GROUP BY DISTINCT ROLLUP (a)",
                "14 GROUP BY DISTINCT",
            ),
            ("CREATE TABLE t (a int4multirange)", "14 int4multirange"),
            ("CREATE TABLE t (a int8multirange)", "14 int8multirange"),
            ("CREATE TABLE t (a nummultirange)", "14 nummultirange"),
            ("CREATE TABLE t (a datemultirange)", "14 datemultirange"),
            ("CREATE TABLE t (a tsmultirange)", "14 tsmultirange"),
            ("CREATE TABLE t (a tstzmultirange)", "14 tstzmultirange"),
            (
                "CREATE TABLE t (a int, UNIQUE NULLS NOT DISTINCT (a))",
                "15 NULLS NOT DISTINCT",
            ),
            (
                "MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE",
                "15 MERGE INTO",
            ),
            (
                "CREATE VIEW v WITH (security_invoker = true) AS SELECT 1",
                "15 security_invoker",
            ),
            (
                "ALTER TABLE t SET ACCESS METHOD heap",
                "15 SET ACCESS METHOD",
            ),
            ("CREATE UNLOGGED SEQUENCE s", "15 UNLOGGED SEQUENCE"),
            (
                "CREATE PUBLICATION p FOR TABLES IN SCHEMA s",
                "15 TABLES IN SCHEMA",
            ),
            (
                "ALTER TABLE t ADD FOREIGN KEY (a, b) REFERENCES u ON DELETE SET NULL (a)",
                "15 ON DELETE SET NULL (",
            ),
            (
                "ALTER TABLE t ADD FOREIGN KEY (a, b) REFERENCES u ON DELETE SET DEFAULT (a)",
                "15 ON DELETE SET DEFAULT (",
            ),
            ("SELECT json_array(1)", "16 json_array("),
            ("SELECT json_arrayagg(a) FROM t", "16 json_arrayagg("),
            ("SELECT json_objectagg(a: b) FROM t", "16 json_objectagg("),
            ("SELECT a IS JSON FROM t", "16 IS JSON"),
            ("SELECT a IS NOT JSON FROM t", "16 IS NOT JSON"),
            (
                "CREATE TABLE t (a text STORAGE external)",
                "16 STORAGE external",
            ),
            (
                "CREATE TABLE t (a text STORAGE extended)",
                "16 STORAGE extended",
            ),
            ("CREATE TABLE t (a text STORAGE plain)", "16 STORAGE plain"),
            ("CREATE TABLE t (a text STORAGE main)", "16 STORAGE main"),
            ("SELECT 1_000", "16 1_000"),
            ("SELECT 0xFF", "16 0xFF"),
            (
                "ALTER TABLE t ALTER a SET EXPRESSION AS (b)",
                "17 SET EXPRESSION AS",
            ),
            (
                "WITH a AS (SELECT 1) MERGE INTO t USING a ON true WHEN NOT MATCHED BY SOURCE THEN DELETE",
                "17 NOT MATCHED BY",
            ),
            (
                "SELECT * FROM json_table('[]', '$' COLUMNS (a int))",
                "17 json_table(",
            ),
            ("SELECT json_exists(a, '$')", "17 json_exists("),
            ("SELECT json_query(a, '$')", "17 json_query("),
            ("SELECT json_value(a, '$')", "17 json_value("),
            ("SELECT json_scalar(a)", "17 json_scalar("),
            ("SELECT json_serialize(a)", "17 json_serialize("),
            ("GRANT MAINTAIN ON t TO a", "17 MAINTAIN"),
            (
                "SET LOCAL transaction_timeout = 1",
                "17 transaction_timeout",
            ),
            (
                "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a) VIRTUAL)",
                "18 ) VIRTUAL",
            ),
            (
                "CREATE TABLE t (a int, b tsrange, UNIQUE (a, b WITHOUT OVERLAPS))",
                "18 WITHOUT OVERLAPS",
            ),
            (
                "ALTER TABLE t ADD CHECK (a > 0) NOT ENFORCED",
                "18 NOT ENFORCED",
            ),
            (
                "ALTER TABLE t ADD CONSTRAINT c NOT NULL a NOT VALID",
                "18 ADD CONSTRAINT c NOT NULL",
            ),
        ] {
            let (since, _) = expected.split_once(' ').expect("a major");
            let since: u16 = since.parse().expect("a major");
            assert_eq!(found(text, since - 1), [expected], "{text}");
            assert_eq!(found(text, since), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_every_server_knows() {
        for text in [
            "CREATE OR REPLACE FUNCTION trigger() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "ALTER TABLE t DETACH PARTITION p",
            "ALTER TABLE concurrently DETACH PARTITION p",
            "CREATE TABLE t (a int NOT NULL, compression text, storage text, virtual int)",
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL)",
            "ALTER TABLE t ADD a int CONSTRAINT c NOT NULL",
            "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u ON DELETE SET NULL",
            "ALTER TABLE t ALTER a SET STORAGE external",
            "SELECT maintain, json_object('{a,b}'), 'a IS JSON', 1e10, 0.5 FROM t",
            "SELECT a IS NOT DISTINCT FROM b FROM t ORDER BY a NULLS FIRST",
            "CREATE INDEX i ON t (a) INCLUDE (virtual)",
        ] {
            assert_eq!(found(text, 12), [""; 0], "{text}");
        }
    }
}
