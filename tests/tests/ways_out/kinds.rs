//! The kinds of tables that a statement can meet, each as `t` with the same columns and some rows.

/// A table that is in use.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Plain,
    Partitioned,
    WithDefault,
    Partition,
    Temporary,
    Foreign,
    Inherited,
    Materialized,
}

use Kind::{
    Foreign, Inherited, Materialized, Partition, Partitioned, Plain, Temporary, WithDefault,
};

impl Kind {
    pub(crate) const ALL: [Self; 8] = [
        Plain,
        Partitioned,
        WithDefault,
        Partition,
        Temporary,
        Foreign,
        Inherited,
        Materialized,
    ];

    /// How it is made.
    pub(crate) fn schema(self) -> String {
        let partitions =
            "CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE t_2 PARTITION OF t FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');\n";
        let fill = |table: &str| format!("INSERT INTO {table} VALUES {ROWS};\n");
        let own = match self {
            Plain => format!("CREATE TABLE t ({COLUMNS});\n{}", fill("t")),
            Partitioned => format!(
                "CREATE TABLE t ({COLUMNS}) PARTITION BY RANGE (at);\n{partitions}{}",
                fill("t")
            ),
            WithDefault => format!(
                "CREATE TABLE t ({COLUMNS}) PARTITION BY RANGE (at);\n{partitions}\
                 CREATE TABLE t_rest PARTITION OF t DEFAULT;\n{}\
                 INSERT INTO t VALUES (3, 3, 'c', '2030-01-01', 1);\n",
                fill("t")
            ),
            Partition => format!(
                "CREATE TABLE whole ({COLUMNS}) PARTITION BY RANGE (at);\nCREATE TABLE t PARTITION OF whole \
                 FOR VALUES FROM ('2024-01-01') TO ('2026-01-01');\n{}",
                fill("t")
            ),
            Temporary => format!("CREATE TEMPORARY TABLE t ({COLUMNS});\n{}", fill("t")),
            Foreign => format!(
                "CREATE FOREIGN DATA WRAPPER nowhere;\nCREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;\n\
                 CREATE FOREIGN TABLE t ({COLUMNS}) SERVER nowhere;\n"
            ),
            Inherited => format!(
                "CREATE TABLE t ({COLUMNS});\nCREATE TABLE child () INHERITS (t);\n{}{}",
                fill("t"),
                fill("child")
            ),
            Materialized => format!(
                "CREATE TABLE source ({COLUMNS});\n{}CREATE MATERIALIZED VIEW t AS SELECT * FROM source;\n",
                fill("source")
            ),
        };
        format!(
            "CREATE TABLE team (id bigint PRIMARY KEY);\nINSERT INTO team VALUES (1), (2);\n{own}"
        )
    }

    /// What its rows are in, where that is not itself.
    pub(crate) fn partitions(self) -> &'static [&'static str] {
        match self {
            Partitioned => &["t_1", "t_2"],
            WithDefault => &["t_1", "t_2", "t_rest"],
            _ => &[],
        }
    }
}

const COLUMNS: &str = "id bigint NOT NULL, a int, b varchar(10), at date NOT NULL, team bigint";
const ROWS: &str = "(1, 1, 'a', '2024-02-02', 1), (2, 2, 'b', '2025-02-02', 2)";
