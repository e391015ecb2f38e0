//! Migrations as the model knows them: statements, each with what it does, in the steps in which
//! it commits.

use std::sync::LazyLock;

use crate::random::Random;
use crate::support::cluster;

/// Whether the server has `DETACH PARTITION … CONCURRENTLY`, which came with PostgreSQL 14.
pub(crate) fn can_detach_concurrently() -> bool {
    static CAN: LazyLock<bool> = LazyLock::new(|| {
        let version = cluster().server_version();
        let major: String = version.chars().take_while(char::is_ascii_digit).collect();
        major.parse::<u32>().unwrap() >= 14
    });
    *CAN
}

/// What a statement does to what can be seen.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    /// A row in the ledger.
    Row(String),
    Add(String),
    Remove(String),
}

/// How a statement is executed where its file has no transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// Commits together with its record.
    Plain,
    /// Commits step by step, and goes on where it stopped.
    Batch,
    /// Leaves traces in the catalog, or nothing; the next run makes it good.
    Traced,
    /// Commits on its own: only a person can tell how far it came.
    Opaque,
}

#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) kind: Kind,
    /// What each commit of it shows.
    pub(crate) commits: Vec<Vec<Effect>>,
    /// Whether it fails while the gate of its version is shut.
    pub(crate) is_gated: bool,
}

impl Statement {
    /// The partition that it detaches concurrently, as the state has it while that is pending.
    pub(crate) fn pending(&self) -> Option<&String> {
        let mut effects = self.commits.first()?.iter();
        effects.find_map(|effect| match effect {
            Effect::Add(object) if object.starts_with("pending ") => Some(object),
            _ => None,
        })
    }
}

/// One migration.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) version: u64,
    pub(crate) is_transaction: bool,
    /// A file that was changed later has another one.
    pub(crate) edition: u8,
    pub(crate) up: Vec<Statement>,
    pub(crate) down: Vec<Statement>,
    pub(crate) irreversible: bool,
    pub(crate) verify: bool,
}

impl Change {
    pub(crate) fn label(&self) -> String {
        format!("{:04}_change", self.version)
    }

    pub(crate) fn is_gated(&self) -> bool {
        self.up.iter().any(|statement| statement.is_gated)
    }

    /// The statement of its way up or back by which an interrupted run may stand so that it takes
    /// more than to go on: it commits on its own, or detaches a partition.
    pub(crate) fn delicate(statements: &[Statement], at: usize) -> Option<&Statement> {
        let is_delicate =
            |it: &&Statement| it.kind == Kind::Opaque || it.sql.contains(" DETACH PARTITION ");
        statements.get(at).filter(is_delicate)
    }

    pub(crate) fn has_batch(&self) -> bool {
        self.up
            .iter()
            .any(|statement| statement.kind == Kind::Batch)
    }

    pub(crate) fn random(version: u64, random: &mut Random) -> Self {
        let is_transaction = random.percent(62);
        let mut change = Self {
            version,
            is_transaction,
            edition: 0,
            up: Vec::new(),
            down: Vec::new(),
            irreversible: random.percent(3),
            verify: is_transaction && random.percent(25),
        };
        let count = random.between(1, 3);
        for number in 1..=count {
            change.add(number, random);
        }
        change.up.push(ledger(version, "up", 0, 0, false));
        change.down.insert(0, ledger(version, "down", 0, 0, false));
        change
    }

    /// The same migration with other files.
    pub(crate) fn edited(&self) -> Self {
        let mut change = self.clone();
        change.edition = 1;
        change.up.push(ledger(self.version, "up", 9, 1, false));
        change.down.push(ledger(self.version, "down", 9, 1, false));
        change
    }

    /// A statement up and, where it leaves anything, one that takes it back.
    fn add(&mut self, number: usize, random: &mut Random) {
        let version = self.version;
        let plain = |sql: String, effect: Effect| Statement {
            sql,
            kind: Kind::Plain,
            commits: vec![vec![effect]],
            is_gated: false,
        };
        let (add, remove) = (Effect::Add, Effect::Remove);
        let choice = random.below(match (self.is_transaction, can_detach_concurrently()) {
            (true, _) => 5,
            (false, false) => 9,
            (false, true) => 11,
        });
        if number > 1 && self.is_transaction && choice < 2 {
            // A name can be taken once.
            self.up.push(ledger(version, "up", number, 0, false));
            self.down
                .insert(0, ledger(version, "down", number, 0, false));
            return;
        }
        let name = format!("{version}_{number}");
        match (self.is_transaction, choice) {
            (true, 0) => {
                let object = format!("table public.t{name}");
                self.up.push(plain(
                    format!("CREATE TABLE t{name} (id int PRIMARY KEY, n text DEFAULT 'x;y')"),
                    add(object.clone()),
                ));
                self.down
                    .insert(0, plain(format!("DROP TABLE t{name}"), remove(object)));
            }
            (true, 1) => {
                let object = format!("column c{name}");
                self.up.push(plain(
                    format!("ALTER TABLE public.base ADD COLUMN c{name} int"),
                    add(object.clone()),
                ));
                self.down.insert(
                    0,
                    plain(
                        format!("ALTER TABLE public.base DROP COLUMN c{name}"),
                        remove(object),
                    ),
                );
            }
            (true, 2) => {
                // Moves `search_path` for the session, as a function of an extension may.
                let sql = "DO $$ BEGIN EXECUTE 'SET search_path = aside'; END $$".to_owned();
                let nothing = Statement {
                    commits: vec![Vec::new()],
                    ..plain(sql, add(String::new()))
                };
                self.up.push(nothing);
            }
            (true, _) | (false, 0) => {
                let is_gated = random.percent(12);
                self.up.push(ledger(version, "up", number, 0, is_gated));
                self.down
                    .insert(0, ledger(version, "down", number, 0, false));
            }
            (false, 1 | 2) => self.add_index(&name),
            (false, 3) => {
                // Cannot be taken back.
                let sql = format!("ALTER TYPE public.mood ADD VALUE IF NOT EXISTS 'v{name}'");
                self.up.push(plain(sql, add(format!("enum v{name}"))));
            }
            (false, 4) => self
                .up
                .push(traced("VACUUM public.base".to_owned(), Vec::new())),
            (false, 5) => {
                let sql = *random.pick(&[
                    "REINDEX TABLE CONCURRENTLY public.base",
                    "REINDEX INDEX CONCURRENTLY public.base_n",
                ]);
                self.up.push(traced(sql.to_owned(), Vec::new()));
            }
            (false, 6 | 8) => self.up.push(opaque(version, "up", number)),
            (false, 7) => self.add_batch(number, random),
            (false, _) => self.add_partition(number, random),
        }
    }

    /// Detaches a partition on the way up or back: one of the file's own, or where nothing else
    /// comes first one that is there before.
    fn add_partition(&mut self, number: usize, random: &mut Random) {
        let version = self.version;
        let is_there = number == 1 && version <= 3 && random.percent(50);
        let name = if is_there {
            format!("part_{version}")
        } else {
            format!("p{version}_{number}")
        };
        let value = if is_there {
            version
        } else {
            version * 10 + number as u64
        };
        let schema = *random.pick(&["", "public."]);
        let plain = |sql: String, effects: Vec<Effect>| Statement {
            sql,
            kind: Kind::Plain,
            commits: vec![effects],
            is_gated: false,
        };
        let (add, remove) = (Effect::Add, Effect::Remove);
        let [table, pending, detached] =
            ["table public.", "pending ", "detached "].map(|it| format!("{it}{name}"));
        let detach = traced(
            format!("ALTER TABLE {schema}parts DETACH PARTITION {schema}{name} CONCURRENTLY"),
            vec![
                vec![add(pending.clone())],
                vec![remove(pending), add(detached.clone())],
            ],
        );
        let create = plain(
            format!("CREATE TABLE public.{name} PARTITION OF public.parts FOR VALUES IN ({value})"),
            vec![add(table.clone())],
        );
        let drop = format!("DROP TABLE public.{name}");
        let drop = |effects| plain(drop, effects);
        if !is_there {
            self.up.push(create);
            if random.percent(30) {
                let drop = drop(vec![remove(table), remove(detached)]);
                self.down.splice(0..0, [detach, drop]);
                return;
            }
            self.down.insert(0, drop(vec![remove(table)]));
        }
        self.up.push(detach);
        let attach = format!(
            "ALTER TABLE public.parts ATTACH PARTITION public.{name} FOR VALUES IN ({value})"
        );
        self.down.insert(0, plain(attach, vec![remove(detached)]));
    }

    fn add_index(&mut self, name: &str) {
        let [sound, invalid] = ["index", "invalid"].map(|state| format!("{state} i{name}"));
        let (add, remove) = (Effect::Add, Effect::Remove);
        self.up.push(traced(
            format!("CREATE INDEX CONCURRENTLY i{name} ON public.base (n)"),
            vec![
                vec![add(invalid.clone())],
                vec![remove(invalid.clone()), add(sound.clone())],
            ],
        ));
        self.down.insert(
            0,
            traced(
                format!("DROP INDEX CONCURRENTLY public.i{name}"),
                vec![
                    vec![remove(sound), add(invalid.clone())],
                    vec![remove(invalid)],
                ],
            ),
        );
    }

    fn add_batch(&mut self, number: usize, random: &mut Random) {
        if self.has_batch() {
            return self.up.push(opaque(self.version, "up", number));
        }
        let version = self.version;
        let row =
            |word: &str, n: u64| Effect::Row(format!("{version} {word} {}", version * 10 + n));
        let (directive, rest) = if random.percent(50) {
            ("-- pgstrata: batch\n", "NOT done")
        } else {
            ("-- pgstrata: batch\n-- pgstrata: key id\n", "id > $1")
        };
        let end = if directive.contains("key") {
            " RETURNING id"
        } else {
            ""
        };
        self.up.push(Statement {
            sql: format!(
                "{directive}UPDATE public.work SET done = true WHERE id IN (SELECT id FROM public.work \
                 WHERE version = {version} AND {rest} ORDER BY id LIMIT 2){end}"
            ),
            kind: Kind::Batch,
            commits: vec![
                vec![row("batch", 1), row("batch", 2)],
                vec![row("batch", 3), row("batch", 4)],
                vec![row("batch", 5)],
            ],
            is_gated: false,
        });
        self.down.insert(
            0,
            Statement {
                sql: format!("UPDATE public.work SET done = false WHERE version = {version}"),
                kind: Kind::Plain,
                commits: vec![(1..=5).map(|n| row("unbatch", n)).collect()],
                is_gated: false,
            },
        );
    }
}

/// Leaves a row in the ledger; fails while the gate is shut, if it has one.
fn ledger(version: u64, way: &str, number: usize, edition: u8, is_gated: bool) -> Statement {
    let key = format!("{version} {way} {number} {edition}");
    let is_slow = (version + number as u64).is_multiple_of(4);
    let sql = if is_slow && !is_gated {
        format!("INSERT INTO public.ledger SELECT '{key}' FROM pg_sleep(0.004)")
    } else if is_gated {
        format!(
            "INSERT INTO public.ledger SELECT '{key}' \
             WHERE 1 / (SELECT 1 - count(*) FROM public.gate WHERE version = {version}) > 0"
        )
    } else {
        format!("INSERT INTO public.ledger VALUES ('{key}')")
    };
    Statement {
        sql,
        kind: Kind::Plain,
        commits: vec![vec![Effect::Row(key)]],
        is_gated,
    }
}

fn traced(sql: String, commits: Vec<Vec<Effect>>) -> Statement {
    Statement {
        sql,
        kind: Kind::Traced,
        commits,
        is_gated: false,
    }
}

fn opaque(version: u64, way: &str, number: usize) -> Statement {
    let key = |part: &str| format!("{version} {way} {number} {part}");
    let [first, second] = ["first", "second"].map(key);
    Statement {
        sql: format!(
            "DO $$ BEGIN INSERT INTO public.ledger VALUES ('{first}'); COMMIT; \
             PERFORM pg_sleep(0.002); INSERT INTO public.ledger VALUES ('{second}'); COMMIT; END $$"
        ),
        kind: Kind::Opaque,
        commits: vec![vec![Effect::Row(first)], vec![Effect::Row(second)]],
        is_gated: false,
    }
}
