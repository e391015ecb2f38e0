//! What the compiler's catalog believes of a table is what the server made of it: names
//! that nobody wrote, types in all their spellings, NOT NULL.

use pgstrata_compiler::action::ObjectKind;
use pgstrata_compiler::catalog::Catalog;
use pgstrata_compiler::cursor::Name;
use pgstrata_compiler::grammar;
use pgstrata_compiler::split::split;
use pgstrata_compiler::statement::Statement;
use pgstrata_tools::cluster::Cluster;
use postgres::{Client, NoTls};

const SCHEMA: &str = "
CREATE TABLE team (id serial PRIMARY KEY, name varchar(40) UNIQUE NOT NULL, is_open bool DEFAULT 't');
CREATE TABLE account (
    id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email character varying CONSTRAINT address UNIQUE CHECK (email LIKE '%@%'),
    team int REFERENCES team ON DELETE SET NULL ON UPDATE CASCADE,
    lead int4 NOT NULL DEFAULT 1 REFERENCES team (id) DEFERRABLE INITIALLY DEFERRED,
    born timestamptz(3) DEFAULT now() CHECK (born < now()) CHECK (born > '1900-01-01'),
    score decimal(10, 2) NULL DEFAULT (0), tags text[], grid integer ARRAY[3], code char, flag bit(3),
    \"Mixed Case\" double precision CHECK (\"Mixed Case\" > 0), at time, day date, data jsonb NOT NULL,
    half int GENERATED ALWAYS AS (lead / 2) STORED,
    CHECK (score > lead), CHECK (1 = 1), UNIQUE (team, lead), UNIQUE (team, lead, code),
    FOREIGN KEY (lead, team) REFERENCES pair (a, b)
);
CREATE TABLE a_table_whose_name_is_about_as_long_as_names_may_be_at_all (
    a_column_whose_name_is_rather_long_as_well int UNIQUE,
    b int, UNIQUE (a_column_whose_name_is_rather_long_as_well, b), EXCLUDE USING btree (b WITH =)
);
CREATE TABLE shop.visit (id bigint, team int REFERENCES team, PRIMARY KEY (id, team));
ALTER TABLE account ADD COLUMN second int REFERENCES team CHECK (second > 0), ADD UNIQUE (born);
ALTER TABLE account ADD FOREIGN KEY (team) REFERENCES team;
CREATE INDEX ON account (email, born DESC);
CREATE INDEX ON account (lower(email));
CREATE UNIQUE INDEX ON account (team) INCLUDE (lead) WHERE team > 3;
CREATE INDEX ON account (team, lead);
ALTER TABLE account ALTER COLUMN code TYPE varchar(9) USING code || 'x', RENAME COLUMN day TO date;
";

#[test]
fn the_catalog_is_what_the_server_has() {
    let cluster = Cluster::start(None).expect("a throw-away server");
    let url = cluster.create_database("catalog").expect("a database");
    let mut client = Client::connect(&url, NoTls).expect("a connection");
    client
        .batch_execute("CREATE SCHEMA shop; CREATE TABLE pair (a int, b int, UNIQUE (a, b));")
        .expect("what is there before");
    let schema = SCHEMA.replace(", RENAME COLUMN", ";\nALTER TABLE account RENAME COLUMN");
    client.batch_execute(&schema).expect("the schema");
    let catalog = replayed(&schema);

    let long = "a_table_whose_name_is_about_as_long_as_names_may_be_at_all";
    for (namespace, table) in [
        ("public", "team"),
        ("public", "account"),
        ("public", long),
        ("shop", "visit"),
    ] {
        let name = Name {
            schema: namespace.to_owned(),
            name: table.to_owned(),
        };
        let constraints = catalog
            .parts(ObjectKind::Constraint, &name)
            .map(|(name, _)| name.to_owned());
        assert_eq!(
            constraints.collect::<Vec<_>>(),
            column(
                &mut client,
                &format!(
                    "SELECT conname::text COLLATE \"C\" FROM pg_constraint WHERE contype <> 'n'
                 AND conrelid = '{namespace}.{table}'::regclass ORDER BY 1"
                )
            ),
            "constraints of {table}"
        );
        let columns = catalog
            .parts(ObjectKind::Column, &name)
            .map(|(name, column)| {
                let type_name = column.type_name.as_ref().map(ToString::to_string);
                let type_name = type_name.unwrap_or_else(|| "?".to_owned());
                format!(
                    "{name}: {type_name}{}",
                    if column.not_null { " NOT NULL" } else { "" }
                )
            });
        assert_eq!(
            columns.collect::<Vec<_>>(),
            column(
                &mut client,
                &format!(
                    "SELECT attname || ': ' || format_type(atttypid, atttypmod)
                     || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END
                 FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped
                 AND attrelid = '{namespace}.{table}'::regclass ORDER BY attname COLLATE \"C\""
                )
            ),
            "columns of {table}"
        );
    }
    let indexes = catalog
        .objects()
        .filter(|(key, _)| key.kind == ObjectKind::Index);
    assert_eq!(
        indexes.map(|(key, _)| key.name.name.clone()).collect::<Vec<_>>(),
        column(
            &mut client,
            "SELECT c.relname::text COLLATE \"C\" FROM pg_index i JOIN pg_class c ON c.oid = indexrelid
             WHERE indrelid = 'account'::regclass AND NOT EXISTS
                 (SELECT FROM pg_constraint WHERE conindid = indexrelid AND conrelid = indrelid)
             ORDER BY 1"
        ),
        "indexes"
    );
}

fn replayed(schema: &str) -> Catalog {
    let split = split("schema.sql", schema);
    assert!(split.diagnostics.is_empty(), "{:?}", split.diagnostics);
    let mut catalog = Catalog::default();
    for range in split.statements {
        let statement = Statement::new(schema, &split.tokens[range]);
        catalog.apply(&grammar::read(statement), statement, 1);
    }
    catalog
}

fn column(client: &mut Client, query: &str) -> Vec<String> {
    let rows = client.query(query, &[]).expect("an answer");
    rows.iter().map(|row| row.get(0)).collect()
}
