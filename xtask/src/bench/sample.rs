//! Migrations to measure with: always the same ones, of about 0.9 KB, as services have them.

use std::fmt::Write as _;
/// One migration, not yet in anybody's layout.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Sample {
    /// Five digits, from 00001.
    pub(super) version: String,
    /// In snake case.
    pub(super) name: String,
    /// Applies it.
    pub(super) up: String,
    /// Takes it back.
    pub(super) down: String,
}

/// The first `count` migrations; more of them begin with the same.
pub(super) fn samples(count: usize) -> Vec<Sample> {
    let mut random = Random(7);
    let mut tables: Vec<Table> = Vec::new();
    (1..=count)
        .map(|number| {
            let version = format!("{number:05}");
            let kind = if tables.is_empty() {
                0
            } else {
                random.below(10)
            };
            let (name, up, down) = if kind < 4 {
                let table = Table {
                    subject: random.pick(&SUBJECTS),
                    version: version.clone(),
                };
                let made = create(&table, &mut random);
                tables.push(table);
                made
            } else {
                let table = &tables[random.below(tables.len())];
                match kind {
                    4..7 => alter(table, &version, &mut random),
                    7..9 => index(table, &version),
                    _ => function(table, &version),
                }
            };
            Sample {
                up: padded(&up, &mut random),
                version,
                name,
                down,
            }
        })
        .collect()
}

/// What the up files are filled up to with comments, in bytes.
const SIZE: usize = 900;

const SUBJECTS: [&str; 6] = [
    "invoice", "shipment", "payment", "customer", "ticket", "delivery",
];

const COLUMNS: [&str; 10] = [
    "reference text NOT NULL",
    "state text NOT NULL DEFAULT 'open'",
    "currency text NOT NULL DEFAULT 'EUR'",
    "details jsonb NOT NULL DEFAULT '{}'",
    "due_at timestamptz",
    "settled_at timestamptz",
    "attempts integer NOT NULL DEFAULT 0",
    "is_urgent boolean NOT NULL DEFAULT false",
    "parent_id bigint",
    "labels text[] NOT NULL DEFAULT '{}'",
];

const WORDS: [&str; 16] = [
    "the", "service", "books", "an", "order", "before", "it", "is", "paid", "and", "sends", "what",
    "was", "asked", "for", "again",
];

struct Table {
    subject: &'static str,
    /// Of the migration that makes it.
    version: String,
}

impl Table {
    fn name(&self) -> String {
        format!("{}_{}", self.subject, self.version)
    }
}

fn create(table: &Table, random: &mut Random) -> (String, String, String) {
    let name = table.name();
    let first = random.below(COLUMNS.len() - 5);
    let columns = COLUMNS[first..first + 6].join(",\n    ");
    let up = format!(
        "CREATE TABLE {name} (\n    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n\
         \x20   amount numeric(12, 2) NOT NULL DEFAULT 0,\n\
         \x20   {columns},\n\
         \x20   created_at timestamptz NOT NULL DEFAULT now(),\n\
         \x20   CONSTRAINT {name}_amount CHECK (amount >= 0)\n);\n\n\
         CREATE INDEX {name}_created_at ON {name} (created_at);\n\n\
         COMMENT ON TABLE {name} IS 'Each {subject}, as the service''s version {version} books it.';\n",
        subject = table.subject,
        version = table.version,
    );
    (
        format!("create_{name}"),
        up,
        format!("DROP TABLE {name};\n"),
    )
}

fn alter(table: &Table, version: &str, random: &mut Random) -> (String, String, String) {
    let name = table.name();
    let limit = 10 + random.below(90);
    let up = format!(
        "ALTER TABLE {name}\n    ADD COLUMN discount_{version} integer NOT NULL DEFAULT 0,\n\
         \x20   ADD COLUMN remark_{version} text;\n\n\
         ALTER TABLE {name}\n    ADD CONSTRAINT {name}_{version} CHECK (discount_{version} < {limit});\n\n\
         COMMENT ON COLUMN {name}.discount_{version} IS 'In hundredths; below {limit}.';\n\
         COMMENT ON COLUMN {name}.remark_{version} IS 'What the \"customer\" wrote; may be empty.';\n"
    );
    let down = format!(
        "ALTER TABLE {name}\n    DROP CONSTRAINT {name}_{version},\n\
         \x20   DROP COLUMN remark_{version},\n    DROP COLUMN discount_{version};\n"
    );
    (format!("add_discount_to_{name}"), up, down)
}

fn index(table: &Table, version: &str) -> (String, String, String) {
    let name = table.name();
    let up = format!(
        "CREATE INDEX {name}_{version}_open ON {name} (amount, created_at DESC)\n\
         \x20   WHERE amount > 0;\n\n\
         CREATE INDEX {name}_{version}_day ON {name} (date_trunc('day', created_at AT TIME ZONE 'UTC'));\n\n\
         COMMENT ON INDEX {name}_{version}_open IS 'For the list of what is to be paid.';\n"
    );
    let down = format!("DROP INDEX {name}_{version}_day;\nDROP INDEX {name}_{version}_open;\n");
    (format!("index_{name}"), up, down)
}

fn function(table: &Table, version: &str) -> (String, String, String) {
    let name = table.name();
    let up = format!(
        "CREATE FUNCTION settle_{version}(wanted bigint) RETURNS numeric\n\
         LANGUAGE plpgsql\nAS $body$\nDECLARE\n    found numeric;\nBEGIN\n\
         \x20   UPDATE {name} SET amount = 0 WHERE id = wanted RETURNING amount INTO found;\n\
         \x20   IF found IS NULL THEN\n        RAISE EXCEPTION 'there is no row %; see {name}', wanted;\n\
         \x20   END IF;\n    RETURN found;\nEND\n$body$;\n\n\
         COMMENT ON FUNCTION settle_{version}(bigint) IS 'Books a row as paid.';\n"
    );
    (
        format!("settle_{name}"),
        up,
        format!("DROP FUNCTION settle_{version}(bigint);\n"),
    )
}

/// The SQL below as many comment lines as it takes.
fn padded(sql: &str, random: &mut Random) -> String {
    let mut text = String::new();
    while text.len() + sql.len() < SIZE {
        let words: Vec<&str> = (0..12).map(|_| random.pick(&WORDS)).collect();
        let _ = writeln!(text, "-- {}", words.join(" "));
    }
    text + "\n" + sql
}

/// Splitmix64: <https://prng.di.unimi.it/splitmix64.c>
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % limit as u64).unwrap_or(0)
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.below(from.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_migrations_come_every_time_and_have_the_size_of_real_ones() {
        let all = samples(300);
        assert_eq!(all[..100], samples(100)[..]);
        let bytes: usize = all.iter().map(|sample| sample.up.len()).sum();
        assert!(
            (850..1000).contains(&(bytes / all.len())),
            "{} bytes",
            bytes / all.len()
        );
        for kind in ["create_", "add_", "index_", "settle_"] {
            assert!(
                all.iter().any(|sample| sample.name.starts_with(kind)),
                "{kind}"
            );
        }
    }
}
