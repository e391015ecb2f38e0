//! Each change from one type to another, compared with what servers do: whether the table is
//! rewritten, whether it is read, with and without an index and a check on the column.

use std::fmt::Write as _;

use pgstrata_compiler::locks::RowAccess;
use pgstrata_tools::cluster::Cluster;
use postgres::{Client, NoTls};

use super::{catalog, forecast, shown, taken};

const DOMAINS: &str = "CREATE DOMAIN plain AS text; CREATE DOMAIN short AS varchar(10); \
    CREATE DOMAIN checked AS text CHECK (VALUE <> ''); CREATE DOMAIN given AS int NOT NULL; \
    CREATE DOMAIN number AS int; CREATE TYPE mood AS ENUM ('sad', 'glad');";

const TYPES: [&str; 66] = [
    "smallint",
    "int",
    "bigint",
    "oid",
    "regclass",
    "real",
    "float8",
    "numeric",
    "numeric(10)",
    "numeric(10,2)",
    "numeric(12,2)",
    "numeric(12,4)",
    "money",
    "boolean",
    "text",
    "varchar",
    "varchar(10)",
    "varchar(20)",
    "char",
    "char(10)",
    "bpchar",
    "name",
    "\"char\"",
    "bytea",
    "bit",
    "bit(5)",
    "varbit",
    "varbit(5)",
    "varbit(10)",
    "date",
    "time",
    "time(3)",
    "timetz",
    "timetz(3)",
    "timestamp",
    "timestamp(3)",
    "timestamp(6)",
    "timestamptz",
    "timestamptz(3)",
    "timestamptz(6)",
    "interval",
    "interval(3)",
    "interval(6)",
    "interval day to second",
    "interval day to second(3)",
    "interval year",
    "cidr",
    "inet",
    "macaddr",
    "uuid",
    "json",
    "jsonb",
    "xml",
    "text[]",
    "varchar[]",
    "varchar(10)[]",
    "int[]",
    "int4range",
    "tsvector",
    "plain",
    "short",
    "checked",
    "given",
    "number",
    "mood",
    "point",
];

#[test]
fn postgresql_13_rewrites_what_is_forecast() {
    compare(13);
}

#[test]
fn postgresql_15_rewrites_what_is_forecast() {
    compare(15);
}

#[test]
fn postgresql_18_rewrites_what_is_forecast() {
    compare(18);
}

fn compare(version: u32) {
    let cluster = Cluster::start(Some(version)).expect("a throw-away server");
    let mut client = cluster
        .config("postgres")
        .connect(NoTls)
        .expect("a connection");
    // Only in UTC are times with and without a zone the same.
    let settings = "SET timezone = 'Europe/Berlin'; SET jit = off";
    client.batch_execute(settings).expect("settings");
    client.batch_execute(DOMAINS).expect("domains");
    let (mut wrong, mut count, mut kept) = (String::new(), 0, 0);
    for before in TYPES {
        let schema = schema(&mut client, before);
        let catalog = catalog(&format!("{DOMAINS} {schema}"));
        for (after, table) in TYPES
            .iter()
            .flat_map(|after| ["bare", "indexed", "held"].map(|table| (after, table)))
        {
            let sql = format!("ALTER TABLE {table} ALTER COLUMN c TYPE {after}");
            let Ok(taken) = taken(&mut client, &sql) else {
                continue;
            };
            // Not every type has an order, or a check like that.
            let Some((_, work)) = taken.get(table) else {
                continue;
            };
            count += 1;
            kept += usize::from(*work != RowAccess::Rewrite);
            let forecast = shown(&forecast(&catalog, &sql));
            if forecast.get(table).map(|(_, work)| work) != Some(work) {
                let _ = write!(
                    wrong,
                    "\n{table} {before} to {after}: {work:?}, forecast {:?}",
                    forecast.get(table)
                );
            }
        }
        let clear = "DROP TABLE IF EXISTS bare, indexed, held";
        client.batch_execute(clear).expect("no table");
    }
    println!("PostgreSQL {version}: {count} changes of type, {kept} keep the rows");
    assert!(count > 1000, "{count}");
    assert!(wrong.is_empty(), "PostgreSQL {version}:{wrong}");
}

/// Tables with a column of the type, and what the server takes of an index and a check on it.
fn schema(client: &mut Client, before: &str) -> String {
    let mut schema = String::new();
    for table in ["bare", "indexed", "held"] {
        let given = if before == "given" { "DEFAULT 1" } else { "" };
        let rows = format!("CREATE TABLE {table} (id int, c {before} {given});");
        client.batch_execute(&rows).expect("a table");
        let fill = format!("INSERT INTO {table} (id) VALUES (1)");
        client.batch_execute(&fill).expect("a row");
        schema.push_str(&rows);
    }
    for more in [
        "CREATE INDEX indexed_c ON indexed (c);",
        "ALTER TABLE held ADD CONSTRAINT held_c CHECK (c IS NULL OR id > 0);",
    ] {
        if client.batch_execute(more).is_ok() {
            schema.push_str(more);
        }
    }
    schema
}
