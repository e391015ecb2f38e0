//! A program that migrates: on a thread of ours, or as a process that can be killed.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use pgstrata::{Migrations, Migrator, Report, Step};
use postgres::error::SqlState;
use postgres::{Client, Config, NoTls};

use crate::database::ask;
use crate::directory::with_list;
use crate::support::fresh_database;
use crate::verb::{Verb, WAYS, Way};

/// How a program ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ended {
    /// What it did, where it came to its end.
    pub(crate) steps: Option<Vec<String>>,
    pub(crate) error: String,
    /// The migration that the error is about.
    pub(crate) label: Option<String>,
    /// What it left in a session that goes on.
    pub(crate) left: String,
}

/// For so long a run waits for another one; longer than any history takes.
const PATIENCE: Duration = Duration::from_secs(45);

/// Runs a verb as a service would.
pub(crate) fn run(config: &Config, list: &Migrations<'_>, verb: Verb, way: Way) -> Ended {
    let mut migrator = Migrator::new(list)
        .lock_deadline(PATIENCE)
        .retry_deadline(PATIENCE);
    migrator = match way {
        Way::Borrowed | Way::Watched => migrator,
        Way::PerStatement => migrator.per_statement(),
        Way::SingleTransaction => migrator.single_transaction(),
        Way::Pooled => migrator.behind_pooler(),
    };
    let connected = if way == Way::Watched {
        migrator.connect(config, NoTls).map_err(|it| it.to_string())
    } else {
        config
            .connect(NoTls)
            .map_err(|it| format!("connecting: {it:?}"))
    };
    let mut client = match connected {
        Ok(client) => client,
        Err(error) => {
            return Ended {
                error,
                ..Ended::default()
            };
        }
    };
    let before = settings(&mut client);
    let result = act(&mut migrator, &mut client, verb);
    let left = match (before, settings(&mut client)) {
        (Some(before), Some(after)) if before != after => {
            format!("the session was {before} and is {after}")
        }
        _ => String::new(),
    };
    match result {
        Ok(steps) => Ended {
            steps: Some(steps),
            left,
            ..Ended::default()
        },
        Err(error) => Ended {
            error: error.to_string(),
            label: error.label().map(str::to_owned),
            left,
            steps: None,
        },
    }
}

fn act(
    migrator: &mut Migrator<'_>,
    client: &mut Client,
    verb: Verb,
) -> Result<Vec<String>, pgstrata::Error> {
    let said = |steps: &[Step]| {
        let said = steps.iter();
        said.map(|step| format!("{:?} {}", step.action, step.label))
            .collect()
    };
    let done = |report: Report| said(&report.steps);
    match verb {
        Verb::Up => migrator.up(client).map(done),
        Verb::UpTo(version) => migrator.up_to(client, version).map(done),
        Verb::Down(steps) => migrator.down(client, steps).map(done),
        Verb::DownTo(version) => migrator.down_to(client, version).map(done),
        Verb::Verify => migrator.verify(client).map(|_| Vec::new()),
        Verb::Status => migrator.status(client).map(|_| Vec::new()),
        Verb::Plan => migrator
            .plan(client, verb.goal())
            .map(|plan| said(&plan.steps)),
        Verb::Validate => migrator.validate(client).map(|()| Vec::new()),
        _ => {
            let reason = matches!(verb, Verb::Baseline(_) | Verb::Repair(_));
            migrator
                .run(client, verb.goal(), reason.then_some("as the model says"))
                .map(done)
        }
    }
}

/// What a run must leave as it was; `None` where the connection is gone.
fn settings(client: &mut Client) -> Option<String> {
    let query = "SELECT concat_ws(', ', 'search_path ' || current_setting('search_path'), \
         'role ' || current_setting('role'), 'lock_timeout ' || current_setting('lock_timeout'), \
         'statement_timeout ' || current_setting('statement_timeout'), \
         (SELECT 'advisory locks ' || count(*) FROM pg_locks \
          WHERE locktype = 'advisory' AND pid = pg_backend_pid()), \
         (SELECT 'prepared statements ' || count(*) FROM pg_prepared_statements \
          WHERE name LIKE 'pgstrata%'), \
         'in a transaction ' || (now() <> statement_timestamp()))";
    match ask(client, query) {
        Ok(rows) => Some(rows.join(" ")),
        Err(error) => {
            let is_failed = error.code() == Some(&SqlState::IN_FAILED_SQL_TRANSACTION);
            is_failed.then(|| "in a transaction that has failed".to_owned())
        }
    }
}

const ADDRESS: &str = "PGSTRATA_MODEL_CHILD";

/// The same in a process of its own.
pub(crate) fn spawn(config: &Config, folder: &Path, verb: Verb, way: Way) -> Child {
    let [postgres::config::Host::Unix(socket)] = config.get_hosts() else {
        panic!("programs that are killed go through one socket");
    };
    let way = WAYS.iter().position(|it| *it == way).unwrap();
    Command::new(std::env::current_exe().unwrap())
        .args(["child", "--exact", "--nocapture"])
        .env(ADDRESS, socket)
        .env("PGSTRATA_MODEL_DATABASE", config.get_dbname().unwrap())
        .env("PGSTRATA_MODEL_FOLDER", folder)
        .env("PGSTRATA_MODEL_VERB", verb.name())
        .env("PGSTRATA_MODEL_NUMBER", verb.number().to_string())
        .env("PGSTRATA_MODEL_WAY", way.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// What a process said of itself, where it lived.
pub(crate) fn ended(output: &str) -> Ended {
    let said = |word: &str| {
        let mut lines = output.lines();
        lines.find_map(|line| line.strip_prefix(word).map(|it| it.replace('\t', "\n")))
    };
    Ended {
        steps: said("model steps ").map(|it| it.lines().map(str::to_owned).collect()),
        error: said("model error ").unwrap_or_else(|| "killed".to_owned()),
        label: said("model label "),
        left: said("model left ").unwrap_or_default(),
    }
}

/// What a process does, and what one says that nobody disturbs.
pub(crate) fn child() {
    let Ok(socket) = std::env::var(ADDRESS) else {
        return undisturbed();
    };
    let variable = |name: &str| std::env::var(format!("PGSTRATA_MODEL_{name}")).unwrap();
    let mut config = Config::new();
    config
        .host_path(socket)
        .user("postgres")
        .dbname(&variable("DATABASE"));
    let verb = Verb::new(&variable("VERB"), variable("NUMBER").parse().unwrap());
    let way = WAYS[variable("WAY").parse::<usize>().unwrap()];
    let folder = variable("FOLDER");
    let ended = with_list(Path::new(&folder), |list| run(&config, list, verb, way));
    let say = |word: &str, text: &str| println!("\nmodel {word} {}", text.replace('\n', "\t"));
    match &ended.steps {
        Some(steps) => say("steps", &steps.join("\n")),
        None => say("error", &ended.error),
    }
    ended.label.iter().for_each(|label| say("label", label));
    say("left", &ended.left);
}

fn undisturbed() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("0001_a.up.sql", "CREATE TABLE a ();"),
        ("0001_a.down.sql", "DROP TABLE a;"),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let database = fresh_database();
    let config: Config = database.url.parse().unwrap();
    let child = spawn(&config, folder.path(), Verb::Up, WAYS[0]);
    let output = child.wait_with_output().unwrap();
    let said = ended(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(said.steps.map(|it| it.len()), Some(1), "{}", said.error);
    assert_eq!(database.applied(), "1");
}
