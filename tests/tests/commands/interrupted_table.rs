//! `docs/interrupted.md`: each verb over each interrupted state, as the commands answer.
//!
//! After a change, write it again with `PGSTRATA_OVERWRITE=1 cargo test --test commands
//! interrupted_table`, and read it.
//!
//! The file is long because the states, how they are made and how they are read stand together.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use pgstrata::{Goal, Migrator};
use pgstrata_compiler::Depth;
use postgres::NoTls;
use tempfile::TempDir;

use crate::proxy::{Moment, Proxy};
use crate::support::{Outcome, connect, directory, run, server};

/// How an interrupted state is made.
struct Case {
    title: &'static str,
    up: &'static str,
    down: &'static str,
    way: Way,
    /// The program dies before it sends this statement, or a message with this write of ours.
    dies_before: &'static str,
    /// What happens before the next command.
    then: &'static str,
    /// What that command's program has of the file.
    programs: &'static [Program],
}

#[derive(Clone, Copy, PartialEq)]
enum Way {
    Up,
    Down,
}

#[derive(Clone, Copy)]
enum Program {
    Same,
    Changed,
    Unknown,
}

const ALL: &[Program] = &[Program::Same, Program::Changed, Program::Unknown];
const SAME: &[Program] = &[Program::Same];

const BASE: &str = "CREATE TABLE ledger (id bigint GENERATED ALWAYS AS IDENTITY, what text);\n\
                    CREATE TABLE item (id bigint PRIMARY KEY, n bigint);\n\
                    CREATE INDEX there ON item (n);\n\
                    CREATE TABLE todo (id bigint PRIMARY KEY);\n\
                    CREATE TABLE gate (id bigint);\n\
                    INSERT INTO todo VALUES (1), (2), (3);\n";
const THREE: &str = "INSERT INTO ledger (what) VALUES ('up 1');\n\
                     INSERT INTO ledger (what) VALUES ('up 2');\n\
                     INSERT INTO ledger (what) VALUES ('up 3');\n";
const BACK: &str = "INSERT INTO ledger (what) VALUES ('down 1');\n\
                    INSERT INTO ledger (what) VALUES ('down 2');\n\
                    INSERT INTO ledger (what) VALUES ('down 3');\n";
const INDEX: &str = "CREATE INDEX CONCURRENTLY made ON item (n);\n\
                     INSERT INTO ledger (what) VALUES ('up 2');\n";
const DROP: &str = "DROP INDEX CONCURRENTLY there;\n\
                    INSERT INTO ledger (what) VALUES ('down 2');\n";
const BLOCK: &str = "DO $$\nBEGIN\n    INSERT INTO ledger (what) VALUES ('up 1, first part');\n    COMMIT;\n    \
                     INSERT INTO ledger (what) VALUES ('up 1, second part');\nEND\n$$;\n\
                     INSERT INTO ledger (what) VALUES ('up 2');\n";
const BLOCK_BACK: &str = "DO $$\nBEGIN\n    INSERT INTO ledger (what) VALUES ('down 1, first part');\n    COMMIT;\n    \
                          INSERT INTO ledger (what) VALUES ('down 1, second part');\nEND\n$$;\n\
                          INSERT INTO ledger (what) VALUES ('down 2');\n";
/// The first batch passes, the second waits for the gate.
const BATCH: &str = "-- pgstrata: batch\n\
                     DELETE FROM todo WHERE id = (SELECT min(id) FROM todo)\n    \
                     AND CASE WHEN id = 1 THEN true ELSE 1 / (SELECT count(*) FROM gate) > 0 END;\n\
                     INSERT INTO ledger (what) VALUES ('up 2');\n";
const OPENS: &str = "INSERT INTO gate VALUES (1)";
const INVALIDATES: &str = "UPDATE pg_index SET indisvalid = false WHERE indexrelid IN (to_regclass('made'), to_regclass('there'))";

const FIRST: &str = "SET statements_done = 0 + 1";
const SECOND: &str = "SET statements_done = 1 + 1";

const CASES: [Case; 14] = [
    case(
        "Up, before its first statement",
        THREE,
        BACK,
        Way::Up,
        FIRST,
        "",
        ALL,
    ),
    case(
        "Up, before the second of three statements",
        THREE,
        BACK,
        Way::Up,
        SECOND,
        "",
        ALL,
    ),
    case(
        "Up, at CREATE INDEX CONCURRENTLY, which has left no index",
        INDEX,
        BACK,
        Way::Up,
        "CREATE INDEX CONCURRENTLY made",
        "",
        ALL,
    ),
    case(
        "Up, at CREATE INDEX CONCURRENTLY, which has left an invalid index",
        INDEX,
        BACK,
        Way::Up,
        FIRST,
        INVALIDATES,
        SAME,
    ),
    case(
        "Up, at CREATE INDEX CONCURRENTLY, which has built the index",
        INDEX,
        BACK,
        Way::Up,
        FIRST,
        "",
        SAME,
    ),
    case(
        "Up, at a DO block with COMMIT",
        BLOCK,
        BACK,
        Way::Up,
        FIRST,
        "",
        ALL,
    ),
    case(
        "Up, after the first batch",
        BATCH,
        BACK,
        Way::Up,
        "no such message",
        OPENS,
        ALL,
    ),
    case(
        "Down, before its first statement",
        THREE,
        BACK,
        Way::Down,
        FIRST,
        "",
        ALL,
    ),
    case(
        "Down, before the second of three statements",
        THREE,
        BACK,
        Way::Down,
        SECOND,
        "",
        ALL,
    ),
    case(
        "Down, at DROP INDEX CONCURRENTLY, which has not begun",
        THREE,
        DROP,
        Way::Down,
        "DROP INDEX CONCURRENTLY there",
        "",
        SAME,
    ),
    case(
        "Down, at DROP INDEX CONCURRENTLY, which has left an invalid index",
        THREE,
        DROP,
        Way::Down,
        "DROP INDEX CONCURRENTLY there",
        INVALIDATES,
        SAME,
    ),
    case(
        "Down, at DROP INDEX CONCURRENTLY, which has dropped the index",
        THREE,
        DROP,
        Way::Down,
        FIRST,
        "",
        SAME,
    ),
    case(
        "Down, at DROP INDEX CONCURRENTLY, of an index that was dropped by hand",
        THREE,
        DROP,
        Way::Down,
        "DROP INDEX CONCURRENTLY there",
        "DROP INDEX there",
        SAME,
    ),
    case(
        "Down, at a DO block with COMMIT",
        THREE,
        BLOCK_BACK,
        Way::Down,
        FIRST,
        "",
        SAME,
    ),
];

/// Each that writes has a copy of the database for itself.
const VERBS: [(&str, &[&str]); 10] = [
    ("up", &["up", "--skip-backup"]),
    ("up --only 2", &["up", "--skip-backup", "--only", "2"]),
    ("down", &["down", "--yes"]),
    ("redo", &["redo", "--yes"]),
    (
        "repair 2",
        &["repair", "2", "--yes", "--reason", "a review"],
    ),
    (
        "baseline 2",
        &["baseline", "2", "--yes", "--reason", "made by hand"],
    ),
    ("verify", &["verify"]),
    ("status", &["status"]),
    ("preflight", &["preflight"]),
    ("postflight", &["postflight"]),
];

const READ_ONLY: [&str; 4] = ["verify", "status", "preflight", "postflight"];

const fn case(
    title: &'static str,
    up: &'static str,
    down: &'static str,
    way: Way,
    dies_before: &'static str,
    then: &'static str,
    programs: &'static [Program],
) -> Case {
    Case {
        title,
        up,
        down,
        way,
        dies_before,
        then,
        programs,
    }
}

const MARK: &str = "<!-- The rest is written by tests/tests/commands/interrupted_table.rs. -->\n";

#[test]
fn each_verb_over_each_interrupted_state() {
    let next = AtomicUsize::new(0);
    let sections = Mutex::new(vec![String::new(); CASES.len()]);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some((index, case)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    CASES.get(index).map(|case| (index, case))
                } {
                    let section = case.section(index);
                    sections.lock().unwrap_or_else(PoisonError::into_inner)[index] = section;
                }
            });
        }
    });
    let sections = sections.into_inner().unwrap().concat();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/interrupted.md");
    let page = std::fs::read_to_string(&file).unwrap();
    let (head, known) = page.split_once(MARK).expect("the mark");
    if std::env::var_os("PGSTRATA_OVERWRITE").is_some() {
        std::fs::write(&file, [head, MARK, &sections].concat()).unwrap();
        return;
    }
    for (known, made) in known.lines().zip(sections.lines()) {
        assert_eq!(known, made);
    }
    assert_eq!(known, sections);
}

impl Case {
    fn section(&self, index: usize) -> String {
        let mut section = format!("\n## {}\n", self.title);
        let database = format!("interrupted_{}_{index}", std::process::id());
        let url = server().create_database(&database).unwrap();
        self.interrupt(&url);
        for (number, program) in self.programs.iter().enumerate() {
            let title = match program {
                Program::Same => "The program has the same file",
                Program::Changed => "The file has changed",
                Program::Unknown => "The program does not have the file",
            };
            write!(
                section,
                "\n{title}:\n\n| command | does | exit | says |\n| --- | --- | --- | --- |\n"
            )
            .unwrap();
            let dir = self.directory(*program);
            for (verb, (name, arguments)) in VERBS.iter().enumerate() {
                let copied = if READ_ONLY.contains(name) {
                    url.clone()
                } else {
                    let copy = format!("{database}_{number}_{verb}");
                    server().copy_database(&database, &copy).unwrap()
                };
                let before = Seen::of(&copied);
                let outcome = run(
                    dir.path(),
                    &[arguments, &["--database-url", &copied][..]].concat(),
                );
                let does = before.until(&Seen::of(&copied));
                let (code, says) = (outcome.code, said(&outcome, dir.path()));
                writeln!(section, "| `{name}` | {does} | {code} | {says} |").unwrap();
            }
        }
        section
    }

    fn directory(&self, program: Program) -> TempDir {
        const HEADER: &str = "-- pgstrata: no-transaction\n";
        let dir = directory(&[
            ("0001_base.up.sql", BASE),
            (
                "0001_base.down.sql",
                "DROP TABLE gate;\nDROP TABLE todo;\nDROP TABLE item;\nDROP TABLE ledger;\n",
            ),
        ]);
        std::fs::write(
            dir.path().join("0001_base.verify.sql"),
            "SELECT count(*) FROM todo;\n",
        )
        .unwrap();
        let other = "INSERT INTO ledger (what) VALUES ('another statement');\n";
        let (up, down) = match program {
            Program::Same => (self.up, self.down),
            Program::Changed => (other, other),
            Program::Unknown => return dir,
        };
        for (name, text) in [("0002_work.up.sql", up), ("0002_work.down.sql", down)] {
            std::fs::write(dir.path().join(name), [HEADER, text].concat()).unwrap();
        }
        dir
    }

    /// The program dies, and its session ends.
    fn interrupt(&self, url: &str) {
        let dir = self.directory(Program::Same);
        let compiled = pgstrata_compiler::compile(dir.path(), "", Depth::Certain);
        assert!(!compiled.is_refused(), "{:?}", compiled.rendered());
        pgstrata_tools::with_migrations(&compiled, |list| {
            let goal = match self.way {
                Way::Up => Goal::All,
                Way::Down => {
                    Migrator::new(list).up(&mut connect(url)).unwrap();
                    Goal::Down(1)
                }
            };
            Migrator::new(list).up_to(&mut connect(url), 1_u64).unwrap();
            let text = self.dies_before;
            // The claim names the first statement.
            let is_it = move |query: &str| {
                query.starts_with(text) || text.starts_with("SET") && query.contains(text)
            };
            let proxy = Proxy::cutting(url, Moment::Before, is_it);
            let mut client = proxy.config.connect(NoTls).unwrap();
            Migrator::new(list)
                .run(&mut client, goal, None)
                .unwrap_err();
        });
        let mut client = connect(url);
        client.batch_execute(self.then).unwrap();
        let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        while client.query_one(others, &[]).unwrap().get::<_, i64>(0) > 0 {}
    }
}

/// What shows in the database.
#[derive(PartialEq)]
struct Seen {
    ledger: Vec<String>,
    todo: i64,
    /// As its row says, with all that it holds.
    state: Option<String>,
    row: String,
    indexes: Vec<String>,
}

impl Seen {
    fn of(url: &str) -> Self {
        let mut client = connect(url);
        let mut texts = |query: &str| -> Vec<String> {
            let rows = client.query(query, &[]).unwrap();
            rows.iter().map(|row| row.get(0)).collect()
        };
        let row = "SELECT concat((SELECT jsonb_agg(to_jsonb(h) - 'intent') FROM pgstrata_history AS h), \
                                 (SELECT jsonb_agg(to_jsonb(e)) FROM pgstrata_history_events AS e))";
        let indexes = "SELECT concat_ws(' ', CASE WHEN NOT indisvalid THEN 'invalid' END, 'index', c.relname) \
                       FROM pg_index JOIN pg_class AS c ON c.oid = indexrelid WHERE c.relname IN ('made', 'there') ORDER BY 1";
        let todo = texts("SELECT count(*)::text FROM todo");
        Self {
            ledger: texts("SELECT what FROM ledger ORDER BY id"),
            todo: todo[0].parse().unwrap(),
            state: texts("SELECT state FROM pgstrata_history WHERE version = 2").pop(),
            row: texts(row).concat(),
            indexes: texts(indexes),
        }
    }

    fn until(&self, after: &Self) -> String {
        if self == after {
            return "nothing".to_owned();
        }
        let mut does = Vec::new();
        let indexes = |from: &Self, to: &Self, verb: &str| {
            let is_new = |index: &&String| !from.indexes.contains(index);
            let new: Vec<String> = to
                .indexes
                .iter()
                .filter(is_new)
                .map(|it| format!("{verb} the {it}"))
                .collect();
            new
        };
        does.extend(indexes(after, self, "drops"));
        does.extend(indexes(self, after, "builds"));
        if self.todo > after.todo {
            does.push(format!("runs {} batches", self.todo - after.todo));
        }
        let runs: Vec<String> = after.ledger[self.ledger.len()..]
            .iter()
            .map(|what| format!("`{what}`"))
            .collect();
        if !runs.is_empty() {
            does.push(format!("runs {}", runs.join(", ")));
        }
        let ends = match after.state.as_deref() {
            Some("applied") => "applied",
            None => "not applied",
            Some(_) => "still interrupted",
        };
        does.push(format!("then it is {ends}"));
        does.join(", ")
    }
}

/// The line about the migration, or else the first one after the warnings about the directory.
fn said(outcome: &Outcome, dir: &Path) -> String {
    let is_good = outcome.code == 0;
    let texts = if is_good {
        [&outcome.stdout, &outcome.stderr]
    } else {
        [&outcome.stderr, &outcome.stdout]
    };
    let all = || texts.into_iter().flat_map(|text| text.lines());
    // How often batches are told is a matter of time.
    let is_about = |line: &&str| line.contains("0002_work") && !line.contains("batch");
    let line = all()
        .find(|line| line.contains(": history: "))
        .or_else(|| all().find(|line| line.contains("history: ")))
        .or_else(|| all().find(is_about))
        .or_else(|| all().find(|line| line.starts_with("error: ")))
        .or_else(|| all().find(|_| is_good))
        .unwrap_or_default();
    let line = line.replace(&*dir.to_string_lossy(), "migrations");
    let words = line
        .trim_start_matches(['-', ' '])
        .split_whitespace()
        .map(|word| {
            let is_number = word.starts_with(|first: char| first.is_ascii_digit());
            let is_time = is_number && (word.ends_with('s') || word.ends_with('Z'));
            if is_time {
                "…".to_owned()
            } else {
                word.replace('|', "\\|")
            }
        });
    let words = words.collect::<Vec<_>>().join(" ");
    // Of `status`, who applied it is not told.
    let known = words.split(" … ").next().unwrap_or_default();
    known.to_owned()
}
