//! What is tried of each rule: a statement that it finds, and the ways out that its help can
//! name. The file is long because every rule has its row here.

/// What is tried of a rule.
pub(crate) enum Row {
    /// Its help names statements, which are run.
    Runs(&'static [Case]),
    /// Its help is no list of statements, and why.
    Advises(&'static str),
}

/// A statement that the rule finds on some kinds of tables.
pub(crate) struct Case {
    /// Run before, as an earlier migration.
    pub(crate) setup: &'static str,
    /// Several are one transaction.
    pub(crate) statement: &'static str,
    /// It cannot run in a transaction.
    pub(crate) is_alone: bool,
    /// It names no table.
    pub(crate) is_of_the_server: bool,
    /// It can only succeed while there are no rows.
    pub(crate) is_of_empty: bool,
    /// The first whose words stand in the help is the one that it prints.
    pub(crate) ways: &'static [Way],
}

/// A way out.
pub(crate) struct Way {
    /// Words of the help, all of them.
    pub(crate) says: &'static [&'static str],
    /// What is run, one migration each.
    pub(crate) steps: &'static [Step],
    /// Whether the schema is the same in the end; else what differs.
    pub(crate) differs: Option<&'static str>,
}

/// One statement. `{p}` stands for each partition, `{check}` for the condition in the help,
/// `{db}` for the database.
pub(crate) enum Step {
    /// In a transaction.
    In(&'static str),
    /// In none.
    Alone(&'static str),
}

use Row::{Advises, Runs};
use Step::{Alone, In};

const CASE: Case = Case {
    setup: "",
    statement: "",
    is_alone: false,
    is_of_the_server: false,
    is_of_empty: false,
    ways: &[],
};

const WAY: Way = Way {
    says: &[],
    steps: &[],
    differs: None,
};

const FILLED: [Step; 4] = [
    In("ALTER TABLE t ADD CONSTRAINT filled CHECK (a IS NOT NULL) NOT VALID"),
    In("ALTER TABLE t VALIDATE CONSTRAINT filled"),
    In("ALTER TABLE t ALTER COLUMN a SET NOT NULL"),
    In("ALTER TABLE t DROP CONSTRAINT filled"),
];

const FRESH: &str =
    "CREATE TABLE fresh (id bigint NOT NULL, a int, b varchar(10), at date NOT NULL, team bigint);
INSERT INTO fresh VALUES (9, 9, 'x', '2026-02-02', 1);";

pub(crate) const ROWS: &[(&str, Row)] = &[
    (
        "blocking-index",
        Runs(&[
            Case {
                statement: "CREATE INDEX t_a ON t (a)",
                ways: &[
                    Way {
                        says: &["ON ONLY t", "ALTER INDEX … ATTACH PARTITION"],
                        steps: &[
                            In("CREATE INDEX t_a ON ONLY t (a)"),
                            Alone("CREATE INDEX CONCURRENTLY {p}_a_idx ON {p} (a)"),
                            In("ALTER INDEX t_a ATTACH PARTITION {p}_a_idx"),
                        ],
                        ..WAY
                    },
                    Way {
                        says: &["CREATE INDEX CONCURRENTLY …"],
                        steps: &[Alone("CREATE INDEX CONCURRENTLY t_a ON t (a)")],
                        ..WAY
                    },
                ],
                ..CASE
            },
            Case {
                statement: "CREATE UNIQUE INDEX t_once ON t (id, at)",
                ways: &[
                    Way {
                        says: &["ON ONLY t", "ALTER INDEX … ATTACH PARTITION"],
                        steps: &[
                            In("CREATE UNIQUE INDEX t_once ON ONLY t (id, at)"),
                            Alone("CREATE UNIQUE INDEX CONCURRENTLY {p}_id_at_idx ON {p} (id, at)"),
                            In("ALTER INDEX t_once ATTACH PARTITION {p}_id_at_idx"),
                        ],
                        ..WAY
                    },
                    Way {
                        says: &["CREATE INDEX CONCURRENTLY …"],
                        steps: &[Alone(
                            "CREATE UNIQUE INDEX CONCURRENTLY t_once ON t (id, at)",
                        )],
                        ..WAY
                    },
                ],
                ..CASE
            },
        ]),
    ),
    (
        "blocking-index-drop",
        Runs(&[
            Case {
                setup: "CREATE INDEX t_a ON t (a);",
                statement: "DROP INDEX t_a",
                ways: &[Way {
                    says: &["DROP INDEX CONCURRENTLY …"],
                    steps: &[Alone("DROP INDEX CONCURRENTLY t_a")],
                    ..WAY
                }],
                ..CASE
            },
            Case {
                setup: "CREATE INDEX t_a ON t (a); CREATE INDEX t_b ON t (b);",
                statement: "DROP INDEX t_a, t_b",
                ways: &[Way {
                    says: &["DROP INDEX CONCURRENTLY …, one statement for each index"],
                    steps: &[
                        Alone("DROP INDEX CONCURRENTLY t_a"),
                        Alone("DROP INDEX CONCURRENTLY t_b"),
                    ],
                    ..WAY
                }],
                ..CASE
            },
            Case {
                setup: "CREATE INDEX t_a ON t (a);",
                statement: "DROP INDEX t_a CASCADE",
                ways: &[Way {
                    says: &["DROP INDEX CONCURRENTLY …", "without CASCADE"],
                    steps: &[Alone("DROP INDEX CONCURRENTLY t_a")],
                    ..WAY
                }],
                ..CASE
            },
        ]),
    ),
    (
        "blocking-reindex",
        Runs(&[
            Case {
                setup: "CREATE INDEX t_a ON t (a);",
                statement: "REINDEX INDEX t_a",
                ways: &[Way {
                    says: &["REINDEX … CONCURRENTLY"],
                    steps: &[Alone("REINDEX INDEX CONCURRENTLY t_a")],
                    ..WAY
                }],
                ..CASE
            },
            Case {
                setup: "CREATE INDEX t_a ON t (a);",
                statement: "REINDEX TABLE t",
                is_alone: true,
                ways: &[Way {
                    says: &["REINDEX … CONCURRENTLY"],
                    steps: &[Alone("REINDEX TABLE CONCURRENTLY t")],
                    ..WAY
                }],
                ..CASE
            },
            Case {
                setup: "CREATE INDEX t_a ON t (a);",
                statement: "REINDEX SCHEMA public",
                is_of_the_server: true,
                is_alone: true,
                ways: &[Way {
                    says: &["REINDEX … CONCURRENTLY"],
                    steps: &[Alone("REINDEX SCHEMA CONCURRENTLY public")],
                    ..WAY
                }],
                ..CASE
            },
            Case {
                statement: "REINDEX SYSTEM {db}",
                is_of_the_server: true,
                is_alone: true,
                ways: &[Way {
                    says: &["REINDEX … CONCURRENTLY"],
                    steps: &[Alone("REINDEX SYSTEM CONCURRENTLY {db}")],
                    ..WAY
                }],
                ..CASE
            },
        ]),
    ),
    (
        "column-type",
        Runs(&[Case {
            statement: "ALTER TABLE t ALTER COLUMN a TYPE bigint",
            ways: &[Way {
                says: &["add a column of the new type, copy in batches, and switch over"],
                steps: &[
                    In("ALTER TABLE t ADD COLUMN a_new bigint"),
                    In("UPDATE t SET a_new = a"),
                    In("ALTER TABLE t DROP COLUMN a"),
                    In("ALTER TABLE t RENAME COLUMN a_new TO a"),
                ],
                differs: Some("the column stands last"),
            }],
            ..CASE
        }]),
    ),
    (
        "set-not-null",
        Runs(&[
            Case {
                statement: "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
                ways: &[Way {
                    says: &[
                        "ADD CONSTRAINT … CHECK (a IS NOT NULL) NOT VALID; validate it in the next migration",
                        "then SET NOT NULL",
                        "DROP CONSTRAINT",
                    ],
                    steps: &FILLED,
                    ..WAY
                }],
                ..CASE
            },
            Case {
                statement: "ALTER TABLE t ADD CONSTRAINT t_a_not_null NOT NULL a",
                ways: &[Way {
                    says: &[
                        "NOT NULL … NOT VALID",
                        "VALIDATE CONSTRAINT in the next migration",
                    ],
                    steps: &[
                        In("ALTER TABLE t ADD CONSTRAINT t_a_not_null NOT NULL a NOT VALID"),
                        In("ALTER TABLE t VALIDATE CONSTRAINT t_a_not_null"),
                    ],
                    ..WAY
                }],
                ..CASE
            },
        ]),
    ),
    (
        "volatile-default",
        Runs(&[
            Case {
                statement: "ALTER TABLE t ADD COLUMN n uuid DEFAULT gen_random_uuid()",
                ways: &[Way {
                    says: &[
                        "add the column without a default, SET DEFAULT for new rows, and fill the old ones in batches",
                    ],
                    steps: &[
                        In("ALTER TABLE t ADD COLUMN n uuid"),
                        In("ALTER TABLE t ALTER COLUMN n SET DEFAULT gen_random_uuid()"),
                        In("UPDATE t SET n = gen_random_uuid()"),
                    ],
                    ..WAY
                }],
                ..CASE
            },
            Case {
                setup: "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';",
                statement: "ALTER TABLE t ADD COLUMN n int DEFAULT f()",
                ways: &[Way {
                    says: &[
                        "add the column without a default, SET DEFAULT for new rows, and fill the old ones in batches",
                    ],
                    steps: &[
                        In("ALTER TABLE t ADD COLUMN n int"),
                        In("ALTER TABLE t ALTER COLUMN n SET DEFAULT f()"),
                        In("UPDATE t SET n = f()"),
                    ],
                    ..WAY
                }],
                ..CASE
            },
            Case {
                statement: "ALTER TABLE t ADD COLUMN n bigserial",
                ways: &[Way {
                    says: &[
                        "CREATE SEQUENCE",
                        "SET DEFAULT nextval(…)",
                        "OWNED BY",
                        "CHECK",
                        "SET NOT NULL",
                    ],
                    steps: &[
                        In("CREATE SEQUENCE t_n_seq"),
                        In("ALTER TABLE t ADD COLUMN n bigint"),
                        In("ALTER TABLE t ALTER COLUMN n SET DEFAULT nextval('t_n_seq')"),
                        In("ALTER SEQUENCE t_n_seq OWNED BY t.n"),
                        In("UPDATE t SET n = nextval('t_n_seq')"),
                        In("ALTER TABLE t ADD CONSTRAINT filled CHECK (n IS NOT NULL) NOT VALID"),
                        In("ALTER TABLE t VALIDATE CONSTRAINT filled"),
                        In("ALTER TABLE t ALTER COLUMN n SET NOT NULL"),
                        In("ALTER TABLE t DROP CONSTRAINT filled"),
                    ],
                    ..WAY
                }],
                ..CASE
            },
            Case {
                statement: "ALTER TABLE t ADD COLUMN n bigint GENERATED BY DEFAULT AS IDENTITY",
                ways: &[Way {
                    says: &[
                        "fill it in batches",
                        "CHECK",
                        "SET NOT NULL",
                        "ADD GENERATED … AS IDENTITY",
                    ],
                    steps: &[
                        In("ALTER TABLE t ADD COLUMN n bigint"),
                        In("UPDATE t SET n = id"),
                        In("ALTER TABLE t ADD CONSTRAINT filled CHECK (n IS NOT NULL) NOT VALID"),
                        In("ALTER TABLE t VALIDATE CONSTRAINT filled"),
                        In("ALTER TABLE t ALTER COLUMN n SET NOT NULL"),
                        In("ALTER TABLE t DROP CONSTRAINT filled"),
                        In("ALTER TABLE t ALTER COLUMN n ADD GENERATED BY DEFAULT AS IDENTITY"),
                    ],
                    ..WAY
                }],
                ..CASE
            },
            Case {
                statement: "ALTER TABLE t ADD COLUMN n bigint GENERATED ALWAYS AS (id + 1) STORED",
                ..CASE
            },
            Case {
                setup: "CREATE DOMAIN d AS text CHECK (VALUE <> '');",
                statement: "ALTER TABLE t ADD COLUMN n d",
                ..CASE
            },
        ]),
    ),
    (
        "required-column",
        Runs(&[Case {
            statement: "ALTER TABLE t ADD COLUMN n int NOT NULL",
            is_of_empty: true,
            ways: &[Way {
                says: &["give it a constant DEFAULT"],
                steps: &[
                    In("ALTER TABLE t ADD COLUMN n int NOT NULL DEFAULT 0"),
                    In("ALTER TABLE t ALTER COLUMN n DROP DEFAULT"),
                ],
                ..WAY
            }],
            ..CASE
        }]),
    ),
    (
        "unvalidated-foreign-key",
        Runs(&[Case {
            statement: "ALTER TABLE t ADD CONSTRAINT t_team FOREIGN KEY (team) REFERENCES team",
            ways: &[
                Way {
                    says: &[
                        "to each partition, NOT VALID; validate them",
                        "then add it to the partitioned table",
                    ],
                    steps: &[
                        In(
                            "ALTER TABLE {p} ADD CONSTRAINT t_team FOREIGN KEY (team) REFERENCES team NOT VALID",
                        ),
                        In("ALTER TABLE {p} VALIDATE CONSTRAINT t_team"),
                        In(
                            "ALTER TABLE t ADD CONSTRAINT t_team FOREIGN KEY (team) REFERENCES team",
                        ),
                    ],
                    ..WAY
                },
                Way {
                    says: &[
                        "FOREIGN KEY … NOT VALID, and VALIDATE CONSTRAINT in the next migration",
                    ],
                    steps: &[
                        In(
                            "ALTER TABLE t ADD CONSTRAINT t_team FOREIGN KEY (team) REFERENCES team NOT VALID",
                        ),
                        In("ALTER TABLE t VALIDATE CONSTRAINT t_team"),
                    ],
                    ..WAY
                },
            ],
            ..CASE
        }]),
    ),
    (
        "unvalidated-check",
        Runs(&[
            Case {
                statement: "ALTER TABLE t ADD CONSTRAINT t_c CHECK (a > 0)",
                ways: &[Way {
                    says: &["CHECK … NOT VALID, and VALIDATE CONSTRAINT in the next migration"],
                    steps: &[
                        In("ALTER TABLE t ADD CONSTRAINT t_c CHECK (a > 0) NOT VALID"),
                        In("ALTER TABLE t VALIDATE CONSTRAINT t_c"),
                    ],
                    ..WAY
                }],
                ..CASE
            },
            Case {
                statement: "ALTER TABLE t ADD COLUMN n int CONSTRAINT n_c CHECK (n > 0)",
                ways: &[Way {
                    says: &[
                        "add the column without it",
                        "CHECK … NOT VALID, and VALIDATE CONSTRAINT in the next migration",
                    ],
                    steps: &[
                        In("ALTER TABLE t ADD COLUMN n int"),
                        In("ALTER TABLE t ADD CONSTRAINT n_c CHECK (n > 0) NOT VALID"),
                        In("ALTER TABLE t VALIDATE CONSTRAINT n_c"),
                    ],
                    ..WAY
                }],
                ..CASE
            },
        ]),
    ),
    (
        "domain-constraint",
        Runs(&[
            Case {
                setup: "CREATE DOMAIN d AS int; ALTER TABLE t ADD COLUMN n d;",
                statement: "ALTER DOMAIN d ADD CONSTRAINT d_c CHECK (VALUE > 0)",
                ways: &[Way {
                    says: &[
                        "ADD CONSTRAINT … CHECK … NOT VALID, and VALIDATE CONSTRAINT in the next migration",
                    ],
                    steps: &[
                        In("ALTER DOMAIN d ADD CONSTRAINT d_c CHECK (VALUE > 0) NOT VALID"),
                        In("ALTER DOMAIN d VALIDATE CONSTRAINT d_c"),
                    ],
                    ..WAY
                }],
                ..CASE
            },
            Case {
                setup: "CREATE DOMAIN d AS int; ALTER TABLE t ADD COLUMN n d; ALTER DOMAIN d ADD CONSTRAINT d_c CHECK (VALUE > 0) NOT VALID;",
                statement: "ALTER DOMAIN d VALIDATE CONSTRAINT d_c",
                ..CASE
            },
        ]),
    ),
    (
        "blocking-unique",
        Runs(&[
            Case {
                statement: "ALTER TABLE t ADD CONSTRAINT t_u UNIQUE (id, at)",
                ways: &[
                    Way {
                        says: &[
                            "ALTER TABLE ONLY t ADD UNIQUE",
                            "ADD UNIQUE USING INDEX",
                            "ALTER INDEX … ATTACH PARTITION",
                        ],
                        steps: &[
                            In("ALTER TABLE ONLY t ADD CONSTRAINT t_u UNIQUE (id, at)"),
                            Alone("CREATE UNIQUE INDEX CONCURRENTLY {p}_id_at_key ON {p} (id, at)"),
                            In(
                                "ALTER TABLE {p} ADD CONSTRAINT {p}_id_at_key UNIQUE USING INDEX {p}_id_at_key",
                            ),
                            In("ALTER INDEX t_u ATTACH PARTITION {p}_id_at_key"),
                        ],
                        ..WAY
                    },
                    Way {
                        says: &["CREATE UNIQUE INDEX CONCURRENTLY", "UNIQUE USING INDEX"],
                        steps: &[
                            Alone("CREATE UNIQUE INDEX CONCURRENTLY t_u ON t (id, at)"),
                            In("ALTER TABLE t ADD CONSTRAINT t_u UNIQUE USING INDEX t_u"),
                        ],
                        ..WAY
                    },
                ],
                ..CASE
            },
            Case {
                statement: "ALTER TABLE t ADD CONSTRAINT t_pk PRIMARY KEY (id, at)",
                ways: &[
                    Way {
                        says: &[
                            "ALTER TABLE ONLY t ADD PRIMARY KEY",
                            "ADD PRIMARY KEY USING INDEX",
                            "ALTER INDEX … ATTACH PARTITION",
                        ],
                        steps: &[
                            In("ALTER TABLE ONLY t ADD CONSTRAINT t_pk PRIMARY KEY (id, at)"),
                            Alone("CREATE UNIQUE INDEX CONCURRENTLY {p}_pkey ON {p} (id, at)"),
                            In(
                                "ALTER TABLE {p} ADD CONSTRAINT {p}_pkey PRIMARY KEY USING INDEX {p}_pkey",
                            ),
                            In("ALTER INDEX t_pk ATTACH PARTITION {p}_pkey"),
                        ],
                        ..WAY
                    },
                    Way {
                        says: &[
                            "CREATE UNIQUE INDEX CONCURRENTLY",
                            "PRIMARY KEY USING INDEX",
                        ],
                        steps: &[
                            Alone("CREATE UNIQUE INDEX CONCURRENTLY t_pk ON t (id, at)"),
                            In("ALTER TABLE t ADD CONSTRAINT t_pk PRIMARY KEY USING INDEX t_pk"),
                        ],
                        ..WAY
                    },
                ],
                ..CASE
            },
            Case {
                statement: "ALTER TABLE t ADD COLUMN n int UNIQUE",
                ways: &[Way {
                    says: &[
                        "add the column without it",
                        "CREATE UNIQUE INDEX CONCURRENTLY",
                        "UNIQUE USING INDEX",
                    ],
                    steps: &[
                        In("ALTER TABLE t ADD COLUMN n int"),
                        Alone("CREATE UNIQUE INDEX CONCURRENTLY t_n_key ON t (n)"),
                        In("ALTER TABLE t ADD CONSTRAINT t_n_key UNIQUE USING INDEX t_n_key"),
                    ],
                    ..WAY
                }],
                ..CASE
            },
        ]),
    ),
    (
        "nullable-key",
        Runs(&[Case {
            setup: "CREATE UNIQUE INDEX t_pk ON t (a);",
            statement: "ALTER TABLE t ADD CONSTRAINT t_pk PRIMARY KEY USING INDEX t_pk",
            ways: &[Way {
                says: &[
                    "CHECK (a IS NOT NULL) NOT VALID; validate it in the next migration",
                    "then SET NOT NULL, and add the key",
                    "DROP CONSTRAINT",
                ],
                steps: &[
                    In("ALTER TABLE t ADD CONSTRAINT filled CHECK (a IS NOT NULL) NOT VALID"),
                    In("ALTER TABLE t VALIDATE CONSTRAINT filled"),
                    In("ALTER TABLE t ALTER COLUMN a SET NOT NULL"),
                    In("ALTER TABLE t ADD CONSTRAINT t_pk PRIMARY KEY USING INDEX t_pk"),
                    In("ALTER TABLE t DROP CONSTRAINT filled"),
                ],
                ..WAY
            }],
            ..CASE
        }]),
    ),
    (
        "exclusion-constraint",
        Runs(&[Case {
            statement: "ALTER TABLE t ADD CONSTRAINT t_e EXCLUDE USING btree (id WITH =)",
            ways: &[Way {
                says: &["USING INDEX"],
                steps: &[
                    Alone("CREATE UNIQUE INDEX CONCURRENTLY t_e ON t (id)"),
                    In("ALTER TABLE t ADD CONSTRAINT t_e EXCLUDE USING INDEX t_e"),
                ],
                ..WAY
            }],
            ..CASE
        }]),
    ),
    (
        "validate-at-once",
        Runs(&[Case {
            statement: "ALTER TABLE t ADD CONSTRAINT t_c CHECK (a > 0) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT t_c",
            ways: &[Way {
                says: &["validate it in the next migration"],
                steps: &[
                    In("ALTER TABLE t ADD CONSTRAINT t_c CHECK (a > 0) NOT VALID"),
                    In("ALTER TABLE t VALIDATE CONSTRAINT t_c"),
                ],
                ..WAY
            }],
            ..CASE
        }]),
    ),
    (
        "table-rewrite",
        Runs(&[
            Case {
                statement: "VACUUM (FULL) t",
                is_alone: true,
                ways: &[Way {
                    says: &["VACUUM without FULL"],
                    steps: &[Alone("VACUUM t")],
                    ..WAY
                }],
                ..CASE
            },
            Case {
                setup: "CREATE INDEX t_a ON t (a);",
                statement: "CLUSTER t USING t_a",
                is_alone: true,
                ways: &[Way {
                    says: &["VACUUM without FULL"],
                    steps: &[Alone("VACUUM t")],
                    differs: Some(
                        "the rows stay in their order, and no index says which one that is",
                    ),
                }],
                ..CASE
            },
        ]),
    ),
    (
        "attach-partition",
        Runs(&[
            Case {
                setup: FRESH,
                statement: "ALTER TABLE t ATTACH PARTITION fresh FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
                ways: &[
                    Way {
                        says: &[
                            "ALTER TABLE t_rest ADD CONSTRAINT … CHECK",
                            "then attach",
                            "drop the CHECK",
                        ],
                        steps: &[
                            In("ALTER TABLE fresh ADD CONSTRAINT held CHECK ({check}) NOT VALID"),
                            In(
                                "ALTER TABLE t_rest ADD CONSTRAINT held CHECK ({second check}) NOT VALID",
                            ),
                            In("ALTER TABLE fresh VALIDATE CONSTRAINT held"),
                            In("ALTER TABLE t_rest VALIDATE CONSTRAINT held"),
                            In(
                                "ALTER TABLE t ATTACH PARTITION fresh FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
                            ),
                            In("ALTER TABLE fresh DROP CONSTRAINT held"),
                            In("ALTER TABLE t_rest DROP CONSTRAINT held"),
                        ],
                        ..WAY
                    },
                    Way {
                        says: &["ADD CONSTRAINT … CHECK", "then attach", "drop the CHECK"],
                        steps: &[
                            In("ALTER TABLE fresh ADD CONSTRAINT held CHECK ({check}) NOT VALID"),
                            In("ALTER TABLE fresh VALIDATE CONSTRAINT held"),
                            In(
                                "ALTER TABLE t ATTACH PARTITION fresh FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
                            ),
                            In("ALTER TABLE fresh DROP CONSTRAINT held"),
                        ],
                        ..WAY
                    },
                ],
                ..CASE
            },
            Case {
                statement: "CREATE TABLE fresh PARTITION OF t FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
                ways: &[Way {
                    says: &[
                        "ALTER TABLE t_rest ADD CONSTRAINT … CHECK",
                        "drop the CHECK",
                    ],
                    steps: &[
                        In("ALTER TABLE t_rest ADD CONSTRAINT held CHECK ({check}) NOT VALID"),
                        In("ALTER TABLE t_rest VALIDATE CONSTRAINT held"),
                        In(
                            "CREATE TABLE fresh PARTITION OF t FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
                        ),
                        In("ALTER TABLE t_rest DROP CONSTRAINT held"),
                    ],
                    ..WAY
                }],
                ..CASE
            },
        ]),
    ),
    (
        "blocking-detach",
        Runs(&[Case {
            statement: "ALTER TABLE t DETACH PARTITION t_1",
            ways: &[Way {
                says: &["DETACH PARTITION … CONCURRENTLY", "leaves a CHECK"],
                steps: &[
                    Alone("ALTER TABLE t DETACH PARTITION t_1 CONCURRENTLY"),
                    In(
                        "DO $$ BEGIN EXECUTE (SELECT 'ALTER TABLE t_1 DROP CONSTRAINT ' || conname FROM pg_constraint WHERE conrelid = 't_1'::regclass AND contype = 'c'); END $$",
                    ),
                ],
                ..WAY
            }],
            ..CASE
        }]),
    ),
    (
        "blocking-refresh",
        Runs(&[Case {
            setup: "CREATE UNIQUE INDEX t_id ON t (id);",
            statement: "REFRESH MATERIALIZED VIEW t",
            ways: &[Way {
                says: &["REFRESH MATERIALIZED VIEW CONCURRENTLY …"],
                steps: &[In("REFRESH MATERIALIZED VIEW CONCURRENTLY t")],
                ..WAY
            }],
            ..CASE
        }]),
    ),
    (
        "blocking-statement",
        Runs(&[
            Case {
                setup: "ALTER TABLE t ADD CONSTRAINT t_c CHECK (b <> '');",
                statement: "ALTER TABLE t ALTER COLUMN b TYPE text",
                ways: &[Way {
                    says: &[
                        "drop each CHECK",
                        "ADD CONSTRAINT … NOT VALID and VALIDATE CONSTRAINT in the next migration",
                    ],
                    steps: &[
                        In("ALTER TABLE t DROP CONSTRAINT t_c"),
                        In("ALTER TABLE t ALTER COLUMN b TYPE text"),
                        In("ALTER TABLE t ADD CONSTRAINT t_c CHECK (b <> '') NOT VALID"),
                        In("ALTER TABLE t VALIDATE CONSTRAINT t_c"),
                    ],
                    ..WAY
                }],
                ..CASE
            },
            Case {
                setup: "CREATE INDEX t_b ON t (lower(b));",
                statement: "ALTER TABLE t ALTER COLUMN b TYPE text",
                ways: &[Way {
                    says: &[
                        "drop each CHECK and index on the column first",
                        "CREATE INDEX CONCURRENTLY",
                    ],
                    steps: &[
                        Alone("DROP INDEX CONCURRENTLY t_b"),
                        In("ALTER TABLE t ALTER COLUMN b TYPE text"),
                        Alone("CREATE INDEX CONCURRENTLY t_b ON t (lower(b))"),
                    ],
                    ..WAY
                }],
                ..CASE
            },
            Case {
                setup: "CREATE INDEX t_a ON t (a);
CREATE TABLE fresh (id bigint NOT NULL, a int, b varchar(10), at date NOT NULL, team bigint,
    CONSTRAINT held CHECK (at >= '2026-01-01' AND at < '2027-01-01'));
INSERT INTO fresh VALUES (9, 9, 'x', '2026-02-02', 1);",
                statement: "ALTER TABLE t ATTACH PARTITION fresh FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
                ways: &[Way {
                    says: &["give the table each index", "CREATE INDEX CONCURRENTLY"],
                    steps: &[
                        Alone("CREATE INDEX CONCURRENTLY fresh_a_idx ON fresh (a)"),
                        In(
                            "ALTER TABLE t ATTACH PARTITION fresh FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
                        ),
                    ],
                    ..WAY
                }],
                ..CASE
            },
            Case {
                statement: "ALTER TABLE t ADD COLUMN n bigint GENERATED ALWAYS AS (id + 1) VIRTUAL NOT NULL",
                ..CASE
            },
        ]),
    ),
    (
        "several-tables-locked",
        Runs(&[Case {
            statement: "ALTER TABLE t ADD COLUMN n int; ALTER TABLE team ADD COLUMN n int",
            ways: &[Way {
                says: &["one migration a table"],
                steps: &[
                    In("ALTER TABLE t ADD COLUMN n int"),
                    In("ALTER TABLE team ADD COLUMN n int"),
                ],
                ..WAY
            }],
            ..CASE
        }]),
    ),
    (
        "mixed-changes",
        Runs(&[Case {
            statement: "ALTER TABLE t ADD COLUMN n int; UPDATE t SET n = 1",
            ways: &[Way {
                says: &["change the schema in one migration and the rows in the next"],
                steps: &[
                    In("ALTER TABLE t ADD COLUMN n int"),
                    In("UPDATE t SET n = 1"),
                ],
                ..WAY
            }],
            ..CASE
        }]),
    ),
    (
        "long-lock",
        Runs(&[Case {
            setup: "ALTER TABLE team ADD CONSTRAINT team_c CHECK (id > 0) NOT VALID;",
            statement: "ALTER TABLE t ADD COLUMN n int; ALTER TABLE team VALIDATE CONSTRAINT team_c",
            ways: &[Way {
                says: &["put it into a migration of its own"],
                steps: &[
                    In("ALTER TABLE t ADD COLUMN n int"),
                    In("ALTER TABLE team VALIDATE CONSTRAINT team_c"),
                ],
                ..WAY
            }],
            ..CASE
        }]),
    ),
    (
        "batches-in-one-transaction",
        Runs(&[Case {
            statement: "DO $$ BEGIN FOR first IN 1 .. 9 BY 3 LOOP \
                        UPDATE t SET a = 2 WHERE id BETWEEN first AND first + 2; END LOOP; END $$",
            ways: &[Way {
                says: &["COMMIT at the end of each round"],
                steps: &[Alone(
                    "DO $$ BEGIN FOR first IN 1 .. 9 BY 3 LOOP \
                     UPDATE t SET a = 2 WHERE id BETWEEN first AND first + 2; COMMIT; END LOOP; END $$",
                )],
                ..WAY
            }],
            ..CASE
        }]),
    ),
    ("set-logged", Advises(COPIES)),
    ("access-method", Advises(COPIES)),
    ("syntax", Advises(REFUSED)),
    ("newer-postgres", Advises(REFUSED)),
    ("concurrent-index-name", Advises(REFUSED)),
    ("duplicate-assignment", Advises(REFUSED)),
    ("history-table", Advises(REFUSED)),
    ("invisible-character", Advises(REFUSED)),
    ("literal-credential", Advises(REFUSED)),
    ("not-in-transaction", Advises(REFUSED)),
    ("psql-variable", Advises(REFUSED)),
    ("server-wide", Advises(REFUSED)),
    ("session-setting", Advises(REFUSED)),
    ("transaction-control", Advises(REFUSED)),
    ("transaction-control-in-do", Advises(REFUSED)),
    ("drop-table", Advises(RELEASES)),
    ("drop-column", Advises(RELEASES)),
    ("drop-schema", Advises(RELEASES)),
    ("cascade", Advises(RELEASES)),
    ("rename", Advises(RELEASES)),
    ("drop-object", Advises(RELEASES)),
    ("drop-not-null", Advises(RELEASES)),
    ("drop-constraint", Advises(RELEASES)),
    ("default-change", Advises(RELEASES)),
    ("replace-object", Advises(RELEASES)),
    ("alter-options", Advises(RELEASES)),
    ("shape-change", Advises(RELEASES)),
    ("write-restriction", Advises(RELEASES)),
    ("sequence-change", Advises(RELEASES)),
    ("trigger-on-table", Advises(RELEASES)),
    ("inheritance", Advises(RELEASES)),
    ("replica-identity", Advises(RELEASES)),
    ("row-security", Advises(RELEASES)),
    ("grant-revoke", Advises(RELEASES)),
    ("extension-change", Advises(RELEASES)),
    ("disabled-trigger", Advises(RELEASES)),
    ("truncate", Advises(ROWS_LOST)),
    ("unfiltered-change", Advises(ROWS_LOST)),
    ("single-batch", Advises(ROWS_LOST)),
    ("seed-conflict", Advises(ROWS_LOST)),
    ("new-enum-value", Advises(REFUSED)),
    ("refused-key", Advises(REFUSED)),
    ("unknown-enum-value", Advises(REFUSED)),
    ("not-reversed", Advises(OTHER_FILE)),
    ("unknown-object", Advises(OTHER_FILE)),
    ("referenced-table", Advises(OTHER_FILE)),
    ("already-exists", Advises(OTHER_FILE)),
    ("duplicate-index", Advises(OTHER_FILE)),
    ("identifier-too-long", Advises(OTHER_FILE)),
    ("frozen-time", Advises(OTHER_FILE)),
    ("repeatable-not-idempotent", Advises(OTHER_FILE)),
    ("prefer-bigint", Advises(TASTE)),
    ("prefer-text", Advises(TASTE)),
    ("prefer-timestamptz", Advises(TASTE)),
    ("prefer-jsonb", Advises(TASTE)),
    ("prefer-identity", Advises(TASTE)),
    ("constrained-domain", Advises(TASTE)),
    ("new-enum", Advises(TASTE)),
    ("enum-ordering", Advises(TASTE)),
    ("wide-index", Advises(TASTE)),
    ("foreign-key-without-index", Advises(TASTE)),
    ("repeated-alter", Advises(TASTE)),
    ("unqualified-table", Advises(TASTE)),
];

const COPIES: &str = "the rows move to another table, by the program";
const REFUSED: &str = "the server refuses the statement, or the runtime does, wherever it stands";
const RELEASES: &str = "about programs of the version before: the way is a later release";
const ROWS_LOST: &str = "about rows, and which of them are meant";
const OTHER_FILE: &str = "about what stands in another file";
const TASTE: &str = "about another definition, which is not the same schema";
