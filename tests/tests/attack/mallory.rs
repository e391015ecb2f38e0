//! The role that lies in wait.

use std::collections::BTreeSet;

use postgres::Client;

use crate::ours::{Mentioned, queries};

/// How much is put in the way.
#[derive(Clone, Copy)]
pub(crate) enum Effort {
    /// Every operator for every pair of the types of our constants and arguments, and of what we read
    /// most; and for what else the columns of catalogs are.
    All,
    /// For pairs of the most frequent types, where a database is copied again and again.
    Some,
}

const ALL: &str = "name text varchar \"char\" bool oid regclass regnamespace regtype int2 int4 int8 float8 \
    numeric xid timestamptz interval bytea json jsonb aclitem int2vector oidvector _text _name _int4 \
    _int8 _aclitem anyarray anyelement";
const SOME: &str = "name text \"char\" oid int4 int8 bool float8";

/// Fills a database; the number of things that are in the way.
pub(crate) fn lies_in_wait(client: &mut Client, effort: Effort) -> i64 {
    client.batch_execute(&script(effort)).unwrap();
    let made = "SELECT (SELECT count(*) FROM pg_catalog.pg_operator WHERE oprnamespace = 'public'::regnamespace)
        + (SELECT count(*) FROM pg_catalog.pg_proc WHERE pronamespace = 'public'::regnamespace)
        + (SELECT count(*) FROM pg_catalog.pg_type WHERE typnamespace = 'public'::regnamespace)";
    client
        .batch_execute("SET search_path = pg_catalog")
        .unwrap();
    client.query_one(made, &[]).unwrap().get(0)
}

/// What a superuser runs: it becomes the role.
pub(crate) fn script(effort: Effort) -> String {
    let mentioned = Mentioned::by(&queries());
    let joined = |words: &BTreeSet<String>| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        words.join(" ")
    };
    let (types, others) = match effort {
        Effort::All => (ALL, "yes"),
        Effort::Some => (SOME, "no"),
    };
    let settings = [
        ("operators", joined(&mentioned.operators)),
        ("functions", joined(&mentioned.functions)),
        ("words", joined(&mentioned.words)),
        ("types", types.to_owned()),
        ("others", others.to_owned()),
    ];
    let settings = settings.map(|(name, value)| format!("SET mallory.{name} = '{value}';\n"));
    settings.concat() + include_str!("mallory.sql")
}
