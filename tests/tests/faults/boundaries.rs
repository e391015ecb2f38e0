//! The connection is cut, or its backend ended, or the program killed, at each request of a
//! run and at each of its three moments.

use std::process::{Child, Command};
use std::sync::{Arc, Mutex};

use pgstrata::{Error, Migrations, Migrator, Report};
use postgres::NoTls;

use crate::proxy::{Harm, Moment, Proxy};
use crate::schema::{fingerprint, outside, transactional};
use crate::support::{Database, ask, cluster, fresh_database, up};

const MOMENTS: [Moment; 3] = [Moment::Before, Moment::During, Moment::After];

/// How a run is made that will be disturbed.
#[derive(Clone, Copy, Debug)]
enum Way {
    Borrowed,
    PerStatement,
    /// With a watching connection.
    Owned,
}

fn run(way: Way, list: &Migrations<'_>, proxy: &Proxy) -> Result<Report, Error> {
    let mut migrator = Migrator::new(list);
    match way {
        Way::Borrowed => migrator.up(&mut proxy.config.connect(NoTls).unwrap()),
        Way::PerStatement => migrator
            .per_statement()
            .up(&mut proxy.config.connect(NoTls).unwrap()),
        Way::Owned => {
            let mut client = migrator.connect(&proxy.config, NoTls)?;
            migrator.up(&mut client)
        }
    }
}

fn nothing() -> Harm {
    Box::new(|_| {})
}

fn terminate(database: &Database) -> Harm {
    let url = database.url.clone();
    Box::new(move |pid| {
        let mut client = postgres::Client::connect(&url, NoTls).unwrap();
        client
            .execute("SELECT pg_terminate_backend($1)", &[&pid])
            .unwrap();
    })
}

/// How many requests an undisturbed run makes, and what comes of it.
fn undisturbed(way: Way, list: &Migrations<'_>) -> (usize, String) {
    let database = fresh_database();
    let proxy = Proxy::counting(&database.url);
    run(way, list, &proxy).unwrap();
    (proxy.requests(), fingerprint(&database))
}

/// Returns how many of the disturbed runs came to the end by themselves.
fn disturb(way: Way, list: &'static Migrations<'static>, harm: fn(&Database) -> Harm) -> usize {
    let (requests, expected) = undisturbed(way, list);
    let mut survived = 0;
    for request in 1..=requests {
        for moment in MOMENTS {
            let database = fresh_database();
            let proxy = Proxy::start(&database.url, request, moment, harm(&database));
            let place = format!("{way:?}, {moment:?} request {request} of {requests}");
            match run(way, list, &proxy) {
                Ok(_) => survived += 1,
                Err(error) => {
                    up(&database, list)
                        .unwrap_or_else(|again| panic!("{place}: {again}\nafter\n{error}"));
                }
            }
            assert_eq!(fingerprint(&database), expected, "{place}");
        }
    }
    survived
}

fn is_13() -> bool {
    cluster().server_version().starts_with("13")
}

#[test]
fn connections_that_are_cut() {
    // Lost while the lock is released, all is done.
    let survived = disturb(Way::Borrowed, transactional(), |_| nothing());
    assert!(survived >= MOMENTS.len(), "{survived}");
    disturb(Way::PerStatement, transactional(), |_| nothing());
    disturb(Way::Borrowed, outside(is_13()), |_| nothing());
}

#[test]
fn backends_that_are_ended() {
    disturb(Way::Borrowed, transactional(), terminate);
    disturb(Way::Borrowed, outside(is_13()), terminate);
}

/// Whatever is lost is made good by the run itself, but for the questions (two requests) by which
/// it gets to know its connection.
#[test]
fn connections_of_our_own_that_are_lost() {
    for list in [transactional(), outside(is_13())] {
        for harm in [|_: &Database| nothing(), terminate as fn(&Database) -> Harm] {
            let (requests, _) = undisturbed(Way::Owned, list);
            let survived = disturb(Way::Owned, list, harm);
            assert!(
                survived >= (requests - 2) * MOMENTS.len(),
                "{survived} at {requests}"
            );
        }
    }
}

/// What the killed process does, and that it does all of it if nobody kills it.
#[test]
fn child() {
    let Ok(folder) = std::env::var("PGSTRATA_CHILD_FOLDER") else {
        let (_, expected) = undisturbed(Way::Borrowed, outside(is_13()));
        let database = fresh_database();
        let config = database.url.parse().unwrap();
        assert!(program(&config).status().unwrap().success());
        assert_eq!(fingerprint(&database), expected);
        return;
    };
    let mut config = postgres::Config::new();
    config
        .host_path(folder)
        .user("postgres")
        .dbname(&std::env::var("PGSTRATA_CHILD_DATABASE").unwrap());
    let is_13 = std::env::var("PGSTRATA_CHILD_IS_13").is_ok();
    let _ = Migrator::new(outside(is_13)).up(&mut config.connect(NoTls).unwrap());
}

#[test]
fn programs_that_are_killed() {
    let list = outside(is_13());
    let (requests, expected) = undisturbed(Way::Borrowed, list);
    for request in 1..=requests {
        for moment in MOMENTS {
            let database = fresh_database();
            let child: Arc<Mutex<Option<Child>>> = Arc::default();
            let victim = Arc::clone(&child);
            let kill: Harm = Box::new(move |_| {
                // The lock is free once the child is known.
                let mut child = victim.lock().unwrap();
                child.as_mut().unwrap().kill().unwrap();
            });
            let proxy = Proxy::start(&database.url, request, moment, kill);
            let mut started = child.lock().unwrap();
            *started = Some(program(&proxy.config).spawn().unwrap());
            drop(started);
            wait(&child);
            let place = format!("{moment:?} request {request} of {requests}");
            up(&database, list).unwrap_or_else(|error| panic!("{place}: {error}"));
            assert_eq!(fingerprint(&database), expected, "{place}");
        }
    }
}

/// [`child`] in a process of its own.
fn program(config: &postgres::Config) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["boundaries::child", "--exact"]);
    let Some(postgres::config::Host::Unix(folder)) = config.get_hosts().first() else {
        panic!("a socket");
    };
    command.env("PGSTRATA_CHILD_FOLDER", folder);
    command.env("PGSTRATA_CHILD_DATABASE", config.get_dbname().unwrap());
    if is_13() {
        command.env("PGSTRATA_CHILD_IS_13", "1");
    }
    command.stdout(std::process::Stdio::null());
    command
}

/// Without holding the lock that its killer needs.
fn wait(child: &Mutex<Option<Child>>) {
    while child
        .lock()
        .unwrap()
        .as_mut()
        .unwrap()
        .try_wait()
        .unwrap()
        .is_none()
    {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

/// A block that commits on its own: where the run stops, the SQL that it prints settles it.
#[test]
fn what_only_a_person_can_tell() {
    let block = "DO $$ BEGIN INSERT INTO a VALUES (1); COMMIT; INSERT INTO a VALUES (2); END $$;";
    let list = crate::support::migrations([
        crate::support::source("0001_a", "CREATE TABLE a (n int);", "DROP TABLE a;"),
        crate::support::source("0002_block", block, "DELETE FROM a;").no_transaction(),
    ]);
    let (requests, expected) = undisturbed(Way::Borrowed, list);
    let mut decided = [0; 2];
    for request in 1..=requests {
        for moment in MOMENTS {
            let database = fresh_database();
            let proxy = Proxy::start(&database.url, request, moment, nothing());
            if run(Way::Borrowed, list, &proxy).is_ok() {
                continue;
            }
            if let Err(error) = up(&database, list) {
                assert!(error.is_interrupted(), "{error}");
                let mut client = database.connect();
                let choice = usize::from(ask(&mut client, "SELECT count(*) FROM a") == "0");
                let text = error.to_string();
                let sql = text
                    .lines()
                    .filter(|line| line.ends_with(';'))
                    .nth(choice)
                    .unwrap();
                if ask(&mut client, "SELECT count(*) FROM a") == "1" {
                    // Interrupted in the block, as a person finds out and repairs.
                    client.batch_execute("INSERT INTO a VALUES (2)").unwrap();
                }
                client.batch_execute(sql).unwrap();
                decided[choice] += 1;
                up(&database, list).unwrap();
            }
            assert_eq!(
                fingerprint(&database),
                expected,
                "{moment:?} request {request}"
            );
        }
    }
    assert!(decided.iter().all(|times| *times > 0), "{decided:?}");
}
