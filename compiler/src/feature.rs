//! What SQL has learnt since the oldest supported PostgreSQL, by its words (PostgreSQL
//! manual: Release Notes, the chapter "Migration to" and the list of changes of each major). The file is long
//! because the list is.

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
    feature(15, "MERGE", &[], &["merge", "into"]),
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
    feature(17, "WHEN NOT MATCHED BY", &[], &["not", "matched", "by"]),
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
    feature(14, "RETURN in place of a body", ROUTINE, &["return"]),
    feature(14, "GROUP BY ALL", &[], &["group", "by", "all"]),
    feature(
        14,
        "INCLUDING COMPRESSION",
        &[&["create"]],
        &["including", "compression"],
    ),
    feature(
        14,
        "ADD PUBLICATION",
        &[&["alter", "subscription"]],
        &["add", "publication"],
    ),
    feature(
        14,
        "DROP PUBLICATION",
        &[&["alter", "subscription"]],
        &["drop", "publication"],
    ),
    feature(14, "CLUSTER (…)", &[&["cluster", "("]], &["cluster"]),
    feature(14, "ASENSITIVE", &[&["declare"]], &["asensitive"]),
    feature(
        15,
        "REFRESH COLLATION VERSION",
        &[&["alter", "database"]],
        &["refresh", "collation", "version"],
    ),
    feature(
        15,
        "ON PARAMETER",
        &[&["grant"], &["revoke"]],
        &["on", "parameter"],
    ),
    feature(15, "SKIP", &[&["alter", "subscription"]], &["skip", "("]),
    feature(
        16,
        "SET STORAGE DEFAULT",
        &[&["alter"]],
        &["set", "storage", "default"],
    ),
    feature(
        16,
        "STORAGE DEFAULT",
        &[&["create", "table"]],
        &["storage", "default"],
    ),
    feature(16, "WITH INHERIT", &[&["grant"]], &["with", "inherit"]),
    feature(16, "WITH SET", &[&["grant"]], &["with", "set"]),
    feature(
        16,
        "WITH ADMIN TRUE",
        &[&["grant"]],
        &["with", "admin", "true"],
    ),
    feature(
        16,
        "WITH ADMIN FALSE",
        &[&["grant"]],
        &["with", "admin", "false"],
    ),
    feature(
        16,
        "INHERIT OPTION FOR",
        &[&["revoke"]],
        &["inherit", "option", "for"],
    ),
    feature(
        16,
        "SET OPTION FOR",
        &[&["revoke"]],
        &["set", "option", "for"],
    ),
    feature(
        16,
        "CREATE STATISTICS without a name",
        &[],
        &["create", "statistics", "on"],
    ),
    feature(
        16,
        "CREATE STATISTICS without a name",
        &[],
        &["create", "statistics", "("],
    ),
    feature(16, "INDENT", &[], &["indent", ")"]),
    feature(17, "AT LOCAL", &[], &["at", "local"]),
    feature(
        17,
        "SET ACCESS METHOD DEFAULT",
        &[&["alter"]],
        &["set", "access", "method", "default"],
    ),
    feature(
        17,
        "SET STATISTICS DEFAULT",
        &[&["alter"]],
        &["set", "statistics", "default"],
    ),
    feature(
        18,
        "CONSTRAINT … NOT NULL",
        TABLE,
        &[",", "constraint", ANY, "not", "null"],
    ),
    feature(
        18,
        "CONSTRAINT … NOT NULL",
        TABLE,
        &["(", "constraint", ANY, "not", "null"],
    ),
    feature(18, "NOT NULL of a table", TABLE, &[",", "not", "null"]),
    feature(18, "ADD NOT NULL", TABLE, &["add", "not", "null"]),
    feature(18, "ENFORCED", TABLE, &[")", "enforced"]),
    feature(18, "RETURNING WITH", &[], &["returning", "with", "("]),
    feature(
        18,
        "ALTER CONSTRAINT … INHERIT",
        TABLE,
        &["alter", "constraint", ANY, "inherit"],
    ),
    feature(
        18,
        "ALTER CONSTRAINT … NO INHERIT",
        TABLE,
        &["alter", "constraint", ANY, "no", "inherit"],
    ),
    feature(
        18,
        "ALTER CONSTRAINT … ENFORCED",
        TABLE,
        &["alter", "constraint", ANY, "enforced"],
    ),
    feature(18, "VACUUM ONLY", &[], &["vacuum", "only"]),
    feature(18, "ANALYZE ONLY", &[], &["analyze", "only"]),
    feature(
        18,
        "ON LARGE OBJECTS",
        &[&["alter", "default", "privileges"]],
        &["on", "large", "objects"],
    ),
];

/// Any one word in a row of the table.
const ANY: &str = "_";

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
    newer.extend(unaliased(statement, major));
    newer.extend(json_object(statement, major));
    newer.extend(merge_returning(statement, major));
    newer.extend(old_or_new(statement, major));
    newer.extend(generated_without_kind(statement, major));
    newer.extend(joined_as(statement, major));
    newer.extend(period(statement, major));
    newer.extend(detached_concurrently(statement, major));
    newer.extend(newer_numbers(statement, major));
    newer
}

fn stands_at(statement: Statement<'_>, index: usize, words: &[&str]) -> bool {
    words.iter().enumerate().all(|(offset, word)| {
        let index = index + offset;
        // Function names may be quoted by nobody, and keywords are not.
        *word == ANY && index < statement.tokens.len()
            || statement.is(index, word)
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

/// What stands behind the parenthesis that is opened at `index`.
fn behind(statement: Statement<'_>, index: usize) -> usize {
    let mut depth = 0_usize;
    for place in index..statement.tokens.len() {
        match statement.word(place) {
            "(" => depth += 1,
            ")" if depth == 1 => return place + 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    statement.tokens.len()
}

/// `FROM (SELECT …)` without a name for it.
fn unaliased(statement: Statement<'_>, major: u16) -> Option<(&'static Feature, Span)> {
    static UNALIASED: Feature = feature(16, "a subquery in FROM without an alias", &[], &[]);
    let is_query = |index: usize| {
        ["select", "values", "with"]
            .iter()
            .any(|word| statement.is(index, word))
    };
    let index = (0..statement.tokens.len()).find(|&index| {
        let from = statement.is(index, "from") || statement.is(index, "join");
        // `IS DISTINCT FROM (SELECT …)` compares.
        let compares =
            index > 0 && statement.is(index - 1, "distinct") && statement.is(index, "from");
        from && !compares && statement.word(index + 1) == "(" && is_query(index + 2) && {
            let next = behind(statement, index + 1);
            let ends = [
                "where",
                "group",
                "order",
                "limit",
                "union",
                "on",
                "join",
                "left",
                "cross",
                "inner",
                "having",
                "offset",
                "full",
                "right",
                "returning",
                "except",
                "intersect",
                "natural",
                "for",
            ];
            next >= statement.tokens.len()
                || matches!(statement.word(next), ")" | ",")
                || ends.iter().any(|word| statement.is(next, word))
        }
    })?;
    let is_expression = (0..index).any(|it| {
        ["substring", "extract", "trim", "overlay"]
            .iter()
            .any(|word| statement.is(it, word))
    });
    (major < UNALIASED.since && !is_expression).then(|| (&UNALIASED, statement.tokens[index].span))
}

/// `JSON_OBJECT('k': v)`, beside the function of that name that takes arrays.
fn json_object(statement: Statement<'_>, major: u16) -> Option<(&'static Feature, Span)> {
    static OBJECT: Feature = feature(16, "JSON_OBJECT", &[], &[]);
    let index = (0..statement.tokens.len()).find(|&index| {
        let end = behind(statement, index + 1);
        statement.is(index, "json_object")
            && statement.word(index + 1) == "("
            && (end == index + 3
                || (index + 2..end).any(|it| {
                    let words = ["value", "returning", "absent", "unique"];
                    statement.word(it) == ":" || words.iter().any(|word| statement.is(it, word))
                }))
    })?;
    (major < OBJECT.since).then(|| (&OBJECT, statement.tokens[index].span))
}

/// `MERGE … RETURNING`.
fn merge_returning(statement: Statement<'_>, major: u16) -> Option<(&'static Feature, Span)> {
    static MERGE: Feature = feature(17, "MERGE … RETURNING", &[], &[]);
    let start = (0..statement.tokens.len()).find(|&it| statement.are(it, &["merge", "into"]))?;
    let index = (start..statement.tokens.len()).find(|&it| statement.is(it, "returning"))?;
    (major < MERGE.since).then(|| (&MERGE, statement.tokens[index].span))
}

/// `RETURNING old.a`.
fn old_or_new(statement: Statement<'_>, major: u16) -> Option<(&'static Feature, Span)> {
    static OLD: Feature = feature(18, "RETURNING old or new", &[], &[]);
    let begins = ["insert", "update", "delete", "merge"];
    let begins = begins.iter().any(|word| statement.is(0, word));
    let start = (0..statement.tokens.len()).find(|&it| statement.is(it, "returning"))?;
    let index = (start..statement.tokens.len()).find(|&it| {
        let row = statement.is(it, "old") || statement.is(it, "new");
        row && statement.word(it + 1) == "."
    })?;
    // A table may be called so.
    let is_named = (0..start).any(|it| statement.is(it, "old") || statement.is(it, "new"));
    (major < OLD.since && begins && !is_named).then(|| (&OLD, statement.tokens[index].span))
}

/// `GENERATED ALWAYS AS (…)` without `STORED`.
fn generated_without_kind(
    statement: Statement<'_>,
    major: u16,
) -> Option<(&'static Feature, Span)> {
    static GENERATED: Feature = feature(18, "GENERATED … without STORED", &[], &[]);
    let index = (0..statement.tokens.len()).find(|&index| {
        statement.are(index, &["generated", "always", "as"])
            && statement.word(index + 3) == "("
            && {
                let next = behind(statement, index + 3);
                !statement.is(next, "stored") && !statement.is(next, "virtual")
            }
    })?;
    let is_table = TABLE.iter().any(|words| statement.are(0, words));
    (major < GENERATED.since && is_table).then(|| (&GENERATED, statement.tokens[index].span))
}

/// `FOREIGN KEY (a, PERIOD b)`.
fn period(statement: Statement<'_>, major: u16) -> Option<(&'static Feature, Span)> {
    static PERIOD: Feature = feature(18, "PERIOD", &[], &[]);
    let start = (0..statement.tokens.len()).find(|&it| statement.are(it, &["foreign", "key"]))?;
    let end = behind(statement, start + 2);
    let index =
        (start..end).find(|&it| statement.word(it) == "," && statement.is(it + 1, "period"))?;
    // A column may be called so.
    let is_column = matches!(statement.word(index + 2), "," | ")");
    (major < PERIOD.since && !is_column).then(|| (&PERIOD, statement.tokens[index + 1].span))
}

/// `JOIN … USING (…) AS name`.
fn joined_as(statement: Statement<'_>, major: u16) -> Option<(&'static Feature, Span)> {
    static JOINED: Feature = feature(14, "JOIN … USING (…) AS", &[], &[]);
    let start = (0..statement.tokens.len()).find(|&it| statement.is(it, "join"))?;
    let index = (start..statement.tokens.len()).find(|&it| {
        let using = statement.is(it, "using") && statement.word(it + 1) == "(";
        using && statement.is(behind(statement, it + 1), "as")
    })?;
    (major < JOINED.since).then(|| (&JOINED, statement.tokens[index].span))
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
