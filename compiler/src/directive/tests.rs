//! What directives say, and what is said of those that are none.

use super::{Directive, Pace, Phase, Required};
use std::time::Duration;

fn parsed(comment: &str) -> Directive {
    Directive::parse(comment)
        .expect("a directive")
        .expect("a good one")
}

fn refused(comment: &str) -> String {
    let diagnostic = Directive::parse(comment)
        .expect("a directive")
        .expect_err("a bad one");
    format!(
        "{} | {}",
        diagnostic.message,
        diagnostic.help.unwrap_or_default()
    )
}

#[test]
fn good_directives() {
    assert_eq!(
        parsed("-- pgstrata: no-transaction"),
        Directive::NoTransaction
    );
    assert_eq!(
        parsed("--pgstrata:no-transaction"),
        Directive::NoTransaction
    );
    let required = vec![
        Required::Version(3),
        Required::Repeatable("a_view".to_owned()),
    ];
    assert_eq!(
        parsed("-- pgstrata: requires 0003, a_view"),
        Directive::Requires(required)
    );
    let names = ["uuid-ossp", "pg_trgm"].map(str::to_owned).to_vec();
    assert_eq!(
        parsed("-- pgstrata: requires-extension \"uuid-ossp\", PG_trgm"),
        Directive::RequiresExtension(names)
    );
    let Directive::RequiresTable(tables) =
        parsed("-- pgstrata: requires-table account , \"Odd\" . Team")
    else {
        panic!("tables");
    };
    let shown: Vec<_> = tables
        .iter()
        .map(|table| (table.written.as_str(), table.name.shown()))
        .collect();
    assert_eq!(
        shown,
        [
            ("account", "account".to_owned()),
            ("\"Odd\".Team", "Odd.team".to_owned())
        ]
    );
    for path in ["crate::hash", "lib::migrations::v7::_hash2"] {
        let comment = format!("-- pgstrata: code {path}");
        assert_eq!(parsed(&comment), Directive::Code(path.to_owned()));
    }
    assert_eq!(
        parsed("-- pgstrata: phase contract"),
        Directive::Phase(Phase::Contract)
    );
    assert_eq!(
        parsed("-- pgstrata: batch"),
        Directive::Batch(Pace::default())
    );
    let pace = Pace {
        pause: Some(Duration::from_millis(100)),
        max_batches: Some(9),
    };
    assert_eq!(
        parsed("-- pgstrata: batch max-batches 9 pause 100ms"),
        Directive::Batch(pace)
    );
    assert_eq!(
        parsed("-- pgstrata: total SELECT count(*) FROM t;"),
        Directive::Total("SELECT count(*) FROM t".to_owned())
    );
    assert_eq!(
        parsed("-- pgstrata: key \"Id\""),
        Directive::Key("Id".to_owned())
    );
    assert_eq!(
        parsed("-- pgstrata: expect-error 23505"),
        Directive::ExpectError("23505".to_owned())
    );
    assert_eq!(
        parsed("-- pgstrata: lock-timeout 2min"),
        Directive::LockTimeout(Duration::from_secs(120))
    );
    assert_eq!(
        parsed("-- pgstrata: irreversible the values are gone: all of them"),
        Directive::Irreversible("the values are gone: all of them".to_owned())
    );
    assert_eq!(
        parsed("-- pgstrata: allow psql-variable: an array slice"),
        Directive::Allow {
            rule: "psql-variable".to_owned(),
            reason: "an array slice".to_owned()
        }
    );
}

#[test]
fn slips_are_errors_with_a_suggestion() {
    for (comment, expected) in [
        (
            "-- pgstrata: no-transactoin",
            "`no-transactoin` is no directive | did you mean `-- pgstrata: no-transaction`?",
        ),
        (
            "-- pgstarta: no-transaction",
            "this looks like a directive, but it begins with `pgstarta` | write `-- pgstrata: no-transaction`",
        ),
        (
            "-- pgstrata no-transaction",
            "this looks like a directive, but it begins with `pgstrata` | write `-- pgstrata: no-transaction`",
        ),
        (
            "-- PGSTRATA: no-transaction",
            "this looks like a directive, but it begins with `PGSTRATA` | write `-- pgstrata: no-transaction`",
        ),
        (
            "-- pgstrata: no-transaction please",
            "`no-transaction` takes no argument | write `-- pgstrata: no-transaction`",
        ),
        (
            "-- pgstrata: irreversible",
            "`irreversible` needs a reason | write `-- pgstrata: irreversible the old values are gone`, for example",
        ),
        (
            "-- pgstrata: lock-timeout 5",
            "`5` is no duration | write `-- pgstrata: lock-timeout 30s`; units are ms, s, min and h, up to 24 days",
        ),
        (
            "-- pgstrata: lock-timeout 99999999999999999999s",
            "`99999999999999999999s` is no duration | write `-- pgstrata: lock-timeout 30s`; units are ms, s, min and h, up to 24 days",
        ),
        (
            "-- pgstrata: allow x",
            "`allow` needs a rule and a reason | write `-- pgstrata: allow <rule>: <why it is right here>`",
        ),
        (
            "-- pgstrata: requires 3 and 4",
            "`3 and 4` is no list of versions | write `-- pgstrata: requires 0003, 0007`",
        ),
        (
            "-- pgstrata: requires-extensions pg_trgm",
            "`requires-extensions` is no directive | did you mean `-- pgstrata: requires-extension`?",
        ),
        (
            "-- pgstrata: requires-extension uuid-ossp",
            "`uuid-ossp` is no list of extensions | write `-- pgstrata: requires-extension pg_trgm, \"uuid-ossp\"`; names with other signs than letters, digits and `_` stand in double quotes",
        ),
        (
            "-- pgstrata: requires-table a.b.c",
            "`a.b.c` is no list of tables | write `-- pgstrata: requires-table accounts.account, accounts.team`",
        ),
        (
            "-- pgstrata: phase contrac",
            "`contrac` is no phase | did you mean `-- pgstrata: phase contract`?",
        ),
        (
            "-- pgstrata: batch paus 1s",
            "`paus` is no part of `batch` | did you mean `pause`?",
        ),
        (
            "-- pgstrata: batch pause",
            "`` is no duration | write `-- pgstrata: batch pause 30s`; units are ms, s, min and h, up to 24 days",
        ),
        (
            "-- pgstrata: batch pause 1s pause 2s",
            "`pause` stands here twice | keep one of them",
        ),
        (
            "-- pgstrata: batch max-batches 0",
            "`0` is no number of batches | write `-- pgstrata: batch pause 100ms max-batches 5000`, or leave out what is not needed",
        ),
        (
            "-- pgstrata: total 5000",
            "`total` needs one query, in one line | write `-- pgstrata: total SELECT count(*) FROM account WHERE email IS NULL`, for example",
        ),
        (
            "-- pgstrata: key a, b",
            "`a, b` is no column | write `-- pgstrata: key id`, with the one column to walk along",
        ),
        (
            "-- pgstrata: code hash()",
            "`hash()` is no path of a function | write `-- pgstrata: code crate::migrations::hash_passwords`, with the whole path from the crate on",
        ),
        (
            "-- pgstrata: expect-error unique_violation",
            "`unique_violation` is no SQLSTATE | write `-- pgstrata: expect-error 23505`; the PostgreSQL manual lists them in its appendix on error codes",
        ),
    ] {
        assert_eq!(refused(comment), expected, "{comment}");
    }
}

#[test]
fn ordinary_comments_are_left_alone() {
    for comment in [
        "-- pgstrata runs this file",
        "--",
        "-- note: allow it",
        "-- requires 0001",
        "-- é: requires 1",
    ] {
        assert!(Directive::parse(comment).is_none(), "{comment}");
    }
}
