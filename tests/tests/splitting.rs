//! Our statements are the server's: a text sent whole gives the same results as its
//! statements sent one by one.

use pgstrata_compiler::split::split;
use pgstrata_tools::cluster::Cluster;
use postgres::{Client, NoTls, SimpleQueryMessage};

/// Texts whose statements are hard to tell apart.
const HARD: [&str; 27] = [
    "SELECT 1; SELECT 2",
    ";;SELECT 1;; ;SELECT 2;;",
    "SELECT 'a;b'; SELECT 'it''s; fine'",
    r"SELECT E'a\';b'; SELECT E'\\'; SELECT 2",
    r"SELECT 'a\'; SELECT 'b'",
    r"SELECT U&'\0061;\0062'; SELECT U&'d!0061' UESCAPE '!'; SELECT 1",
    "SELECT B'01', X'1F', N'n;n'; SELECT 2",
    "SELECT 'one'\n  'two;'; SELECT 3",
    "SELECT 'one' -- a ; comment\n 'two;'; SELECT 3",
    "SELECT E'a'\n'\\';'; SELECT 3",
    "SELECT 1 AS \"a;b\", 2 AS \"q\"\";\"; SELECT 2",
    "SELECT 1 AS U&\"d\\0061;t\"; SELECT 2",
    "SELECT $$a;b$$; SELECT $x$ $$;$$ ; $y$ ; $x$; SELECT 3",
    "SELECT $a$;$a $a$; SELECT 2",
    "SELECT $_1$;$_1$; SELECT 2",
    "SELECT $größe$ ; $größe$; SELECT 2",
    "SELECT 1 AS a$b$c; SELECT 2 AS x$$",
    "SELECT /* ; /* nested ; */ ; */ 1; SELECT 2 -- ; end",
    "SELECT 1 -- ; 'not a string\n; SELECT 2",
    "SELECT 2*-1; SELECT 2--1\n; SELECT 4/*;*//2; SELECT 1",
    "SELECT -+1; SELECT 1 <-1; SELECT @ -3",
    "SELECT '{\"a\":1}'::jsonb->>'a'; SELECT '[1]'::jsonb @> '1'; SELECT 2",
    "SELECT (ARRAY[1,2,3])[1:2]; SELECT 1.5e3, .5, 1e-2; SELECT 5",
    "SELECT CASE WHEN true THEN 1 ELSE 2 END; SELECT 2",
    "CREATE TEMP TABLE rt (a int);
     CREATE RULE rr AS ON INSERT TO rt DO ALSO (SELECT 1; SELECT 2);
     DROP TABLE rt",
    "CREATE FUNCTION pg_temp.f(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC
         SELECT CASE WHEN a > 0 THEN 1 ELSE 2 END; SELECT a AS \"end\"; SELECT a + 1 AS end;
     END; SELECT pg_temp.f(1); DROP FUNCTION pg_temp.f",
    "CREATE OR REPLACE PROCEDURE pg_temp.p() BEGIN ATOMIC SELECT 1; END; SELECT 'atomic'; BEGIN; END",
];

#[test]
fn hard_texts_are_split_as_the_server_splits_them() {
    let (_cluster, mut client) = server("hard_texts");
    let version: i32 = client
        .query_one("SELECT current_setting('server_version_num')::int", &[])
        .expect("a version")
        .get(0);
    // PostgreSQL 13 does not know BEGIN ATOMIC.
    for text in HARD
        .into_iter()
        .filter(|text| version >= 140_000 || !text.contains("ATOMIC"))
    {
        assert!(check(&mut client, text), "the server refuses {text}");
    }
}

/// Pieces that open, close, hide or end something.
const PIECES: [&str; 40] = [
    "SELECT 1",
    "SELECT 'a'",
    ";",
    ";",
    ";",
    ";\n",
    "'",
    "''",
    "\"",
    "$$",
    "$a$",
    "$a",
    "--",
    "\n",
    "/*",
    "*/",
    "E'",
    "e'\\'",
    "U&'",
    "\\",
    "(",
    ")",
    "SELECT",
    " 1",
    ",",
    "+",
    "-",
    "*",
    "/",
    "@",
    "::text",
    "AS x",
    "x$1",
    " ",
    "'a'\n'b'",
    "'a' 'b'",
    "B'1'",
    "1..2",
    "SELECT $$;$$",
    "SELECT (1)",
];

/// Whatever the server accepts as a whole, it accepts in our pieces, with equal results.
#[test]
fn random_texts_are_split_as_the_server_splits_them() {
    let (_cluster, mut client) = server("random_texts");
    let mut random = Random(20_261_121);
    let mut accepted = 0;
    for _ in 0..20_000 {
        let text: String = (0..random.below(14))
            .map(|_| PIECES[random.below(PIECES.len())])
            .collect();
        if check(&mut client, &text) {
            accepted += 1;
        }
    }
    assert!(
        accepted > 300,
        "only {accepted} of the random texts were SQL"
    );
}

/// `false` where the server refuses the text as a whole.
fn check(client: &mut Client, text: &str) -> bool {
    let Some(whole) = results(client, text) else {
        return false;
    };
    let split = split("x.sql", text);
    assert!(
        split.diagnostics.is_empty(),
        "refused, but valid: {text:?}: {:?}",
        split.diagnostics
    );
    if split.statements.is_empty() {
        // The protocol answers an empty text once.
        assert_eq!(whole, ["complete 0"], "in {text:?}");
        return true;
    }
    let mut pieces = Vec::new();
    for statement in &split.statements {
        let tokens = &split.tokens[statement.clone()];
        let span = tokens[0].span.to(tokens[tokens.len() - 1].span);
        let part = results(client, span.of(text));
        pieces.extend(
            part.unwrap_or_else(|| panic!("{:?} of {text:?} is no statement", span.of(text))),
        );
    }
    assert_eq!(pieces, whole, "in {text:?}");
    true
}

/// Every row and every completed statement, as text.
fn results(client: &mut Client, text: &str) -> Option<Vec<String>> {
    let messages = client.simple_query(text).ok()?;
    let result = messages.iter().map(|message| match message {
        SimpleQueryMessage::Row(row) => {
            let columns = (0..row.len()).map(|column| row.get(column).unwrap_or("NULL"));
            columns.collect::<Vec<_>>().join("|")
        }
        SimpleQueryMessage::CommandComplete(count) => format!("complete {count}"),
        SimpleQueryMessage::RowDescription(columns) => {
            let mut names = String::from("columns");
            for column in columns.iter() {
                names = names + "|" + column.name();
            }
            names
        }
        other => format!("{other:?}"),
    });
    Some(result.collect())
}

fn server(database: &str) -> (Cluster, Client) {
    let cluster = Cluster::start(None).expect("a throw-away server");
    let url = cluster.create_database(database).expect("a database");
    let client = Client::connect(&url, NoTls).expect("a connection");
    (cluster, client)
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
