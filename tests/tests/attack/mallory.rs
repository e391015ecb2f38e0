//! The role that lies in wait.

use std::collections::BTreeSet;

use postgres::Client;

use crate::ours::{Mentioned, queries};

/// The types of our constants and arguments, and of what we read most.
const TYPES: &str = "name text varchar \"char\" bool oid regclass regnamespace regtype int2 int4 int8 float8 \
    numeric xid timestamptz interval bytea json jsonb aclitem int2vector oidvector _text _name _int4 \
    _int8 _aclitem anyarray anyelement";

/// Fills a database; the number of things that are in the way.
pub(crate) fn lies_in_wait(client: &mut Client) -> i64 {
    client.batch_execute(&script()).unwrap();
    let made = "SELECT (SELECT count(*) FROM pg_catalog.pg_operator WHERE oprnamespace = 'public'::regnamespace)
        + (SELECT count(*) FROM pg_catalog.pg_proc WHERE pronamespace = 'public'::regnamespace)
        + (SELECT count(*) FROM pg_catalog.pg_type WHERE typnamespace = 'public'::regnamespace)";
    client
        .batch_execute("SET search_path = pg_catalog")
        .unwrap();
    client.query_one(made, &[]).unwrap().get(0)
}

/// What a superuser runs: it becomes the role.
fn script() -> String {
    let mentioned = Mentioned::by(&queries());
    let joined = |words: &BTreeSet<String>| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        words.join(" ")
    };
    let settings = [
        ("operators", joined(&mentioned.operators)),
        ("functions", joined(&mentioned.functions)),
        ("words", joined(&mentioned.words)),
        ("types", TYPES.to_owned()),
        ("others", "yes".to_owned()),
    ];
    let settings = settings.map(|(name, value)| format!("SET mallory.{name} = '{value}';\n"));
    settings.concat() + include_str!("mallory.sql")
}
