//! `rehearse` with rows: those that are made up, and those of `tests/seed.sql`.

use crate::support::{directory, file, run};

/// Of a column that is dropped and comes back empty only rows can tell.
#[test]
fn rows_are_made_to_see_what_is_lost() {
    let dir = directory(&[
        (
            "001_create.up.sql",
            "CREATE TYPE kind AS ENUM ('a', 'b');\n\
             CREATE TABLE parent (id uuid PRIMARY KEY, kind kind NOT NULL, at timestamptz NOT NULL);\n\
             CREATE TABLE child (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n\
                 parent uuid NOT NULL REFERENCES parent, code varchar(2) NOT NULL UNIQUE, note jsonb);\n\
             CREATE TABLE strict (id int CHECK (id > 100));\n\
             CREATE TABLE unknown (shape polygon NOT NULL);\n",
        ),
        (
            "001_create.down.sql",
            "DROP TABLE unknown;\nDROP TABLE strict;\nDROP TABLE child;\nDROP TABLE parent;\nDROP TYPE kind;\n",
        ),
        ("002_drop.up.sql", "ALTER TABLE child DROP COLUMN note;\n"),
        (
            "002_drop.down.sql",
            "ALTER TABLE child ADD COLUMN note jsonb;\n",
        ),
    ]);
    run(dir.path(), &["rehearse"]).succeeds();
    let outcome = run(dir.path(), &["rehearse", "--rows", "3"]);
    outcome.fails(3, &["the rehearsal has 1 finding;"]);
    assert!(
        outcome
            .stdout
            .contains("\n  after down: child has other rows\n"),
        "{outcome:#?}"
    );
    file(
        &dir,
        "002_drop.down.sql",
        "-- pgstrata: irreversible the notes are gone\n",
    );
    run(dir.path(), &["rehearse", "--rows", "3"]).succeeds();
}

/// Each statement of the sample data runs as early as it can, and what later ways back lose of
/// its rows is found.
#[test]
fn sample_rows_are_loaded_where_they_fit() {
    let dir = directory(&[
        (
            "001_create.up.sql",
            "CREATE TABLE item (id bigint PRIMARY KEY, price int);\n\
             CREATE TABLE part (id bigint PRIMARY KEY, item bigint REFERENCES item);\n\
             CREATE TABLE tag (id bigint PRIMARY KEY);\n",
        ),
        (
            "001_create.down.sql",
            "DROP TABLE tag;\nDROP TABLE part;\nDROP TABLE item;\n",
        ),
        (
            "002_note.up.sql",
            "ALTER TABLE item ADD note text;\nALTER TABLE tag ADD size int;\n",
        ),
        (
            "002_note.down.sql",
            "ALTER TABLE tag DROP size;\nALTER TABLE item DROP note;\n",
        ),
        ("003_price.up.sql", "UPDATE item SET price = price + 1;\n"),
        ("003_price.down.sql", "UPDATE item SET price = price - 1;\n"),
        ("004_drop.up.sql", "ALTER TABLE item DROP note;\n"),
        ("004_drop.down.sql", "ALTER TABLE item ADD note text;\n"),
    ]);
    let sample = "SET search_path = nowhere, public;\n\
        INSERT INTO part VALUES (1, 2);\n\
        INSERT INTO tag (id, size) VALUES (1, 2);\n\
        INSERT INTO item (id, price, note) VALUES (2, 5, 'big');\n\
        INSERT INTO item (id, price) VALUES (1, 5);\n\
        UPDATE item SET price = 6 WHERE id = 2;\n\
        DO $$ BEGIN INSERT INTO item (id, price) VALUES (3, 7); END $$;\n";
    run(dir.path(), &["rehearse"]).succeeds();
    file(&dir, "tests/seed.sql", sample);
    // What a test sees is what was loaded before the migration, as that has left it.
    let sees = |rows: &str| {
        format!(
            "DO $$ BEGIN ASSERT '{rows}' = (SELECT string_agg(id || ' ' || price, ', ' ORDER BY id) FROM item); END $$;\n"
        )
    };
    file(&dir, "tests/002_see.sql", &sees("1 5, 3 7"));
    file(&dir, "tests/003_see.sql", &sees("1 6, 2 7, 3 8"));
    for more in [&["--rows", "3"][..], &["--from", "3"], &[]] {
        let outcome = run(dir.path(), &[&["rehearse"], more].concat());
        outcome.fails(3, &["the rehearsal has 1 finding;"]);
        assert!(
            outcome
                .stdout
                .contains("\n  after down: item has other rows\n"),
            "{outcome:#?}"
        );
    }
    file(
        &dir,
        "004_drop.down.sql",
        "-- pgstrata: irreversible the notes are gone\n",
    );
    run(dir.path(), &["rehearse", "--rows", "3"]).succeeds();

    file(
        &dir,
        "tests/seed.sql",
        &format!("{sample}INSERT INTO nowhere VALUES (1);\n"),
    );
    let outcome = run(dir.path(), &["rehearse"]);
    outcome.fails(3, &["the rehearsal has 1 finding;"]);
    let line = "tests/seed.sql fails: line 8: relation \"nowhere\" does not exist (SQLSTATE 42P01)";
    assert!(outcome.stdout.contains(line), "{outcome:#?}");
    file(
        &dir,
        "tests/seed.sql",
        "-- pgstrata: expect-error 23505\nSELECT 1;\n",
    );
    run(dir.path(), &["rehearse"]).fails(1, &["tests/seed.sql: nothing is expected to fail in it"]);
    file(&dir, "tests/seed.sql", "COPY item FROM stdin;\n");
    run(dir.path(), &["rehearse"]).fails(1, &["tests/seed.sql", "FROM stdin"]);
}
