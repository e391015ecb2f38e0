//! Every setting that a user or a superuser may make, one at a time, on a role and on a database: a run, a
//! start, a rollback, the fingerprint, drift and a backup come to the same as without it. A sample in the
//! test command; `PGSTRATA_SETTINGS=all` takes each, and the name of a setting takes that one.

#![allow(
    clippy::unwrap_used,
    reason = "clippy knows only functions marked as tests, not their helpers"
)]

#[path = "../database/support.rs"]
#[allow(dead_code, reason = "the tests of behaviour use all of it")]
mod support;

#[path = "../../../runtime/src/settings.rs"]
mod lists;

mod course;
mod values;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use pgstrata_tools::cluster::Cluster;
use postgres::{Client, NoTls};

use course::{Course, Ended};
use lists::{FIXED, KEPT, REFUSED};
use values::Setting;

const PLACES: [&str; 2] = ["ROLE", "DATABASE"];

/// A case in so many is in the sample, and of what a run sets or refuses.
const ONE_IN: [usize; 2] = [24, 5];

fn is_fixed(name: &str) -> bool {
    FIXED.iter().any(|(known, ..)| *known == name)
}

fn is_refused(name: &str) -> bool {
    REFUSED.iter().any(|(known, ..)| *known == name)
}

fn is_kept(name: &str) -> bool {
    KEPT.iter().any(|(kept, _)| match kept.strip_suffix('*') {
        Some(begin) => name.starts_with(begin),
        None => *kept == name,
    })
}

#[test]
fn each_setting_is_in_a_list() {
    let cluster = Cluster::start(support::version()).unwrap();
    let mut client = Client::connect(&cluster.url("postgres"), NoTls).unwrap();
    let all = Setting::all(&mut client);
    assert!(all.len() > 100, "{}", all.len());
    let in_none = all.iter().map(|it| &*it.name);
    let in_none: Vec<&str> = in_none
        .filter(|name| !is_fixed(name) && !is_refused(name) && !is_kept(name))
        .collect();
    assert_eq!(in_none, [""; 0], "on {}", cluster.server_version());
}

/// What a reader of the documents is told.
fn page() -> String {
    let fixed = FIXED
        .iter()
        .map(|(name, value, reason)| format!("| `{name}` | `{value}` | {reason} |\n"));
    let refused = REFUSED
        .iter()
        .map(|(name, value, reason)| format!("| `{name}` | {value} | {reason} |\n"));
    let kept = KEPT
        .iter()
        .map(|(name, reason)| format!("| `{name}` | {reason} |\n"));
    let tables = [
        ("{fixed}", fixed.collect::<String>()),
        ("{refused}", refused.collect()),
        ("{kept}", kept.collect()),
    ];
    let page = include_str!("page.md").to_owned();
    tables
        .iter()
        .fold(page, |page, (blank, table)| page.replace(blank, table))
}

#[test]
fn the_page_is_written_from_the_lists() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/settings.md");
    if std::env::var_os("PGSTRATA_OVERWRITE").is_some() {
        std::fs::write(path, page()).unwrap();
    }
    let now = std::fs::read_to_string(path).unwrap();
    assert_eq!(
        now,
        page(),
        "run with PGSTRATA_OVERWRITE=1 and read what has changed"
    );
}

#[test]
fn one_at_a_time_changes_nothing() {
    let cluster = Cluster::start(support::version()).unwrap();
    let mut client = Client::connect(&cluster.url("postgres"), NoTls).unwrap();
    client
        .batch_execute("CREATE ROLE app LOGIN; ALTER ROLE app CREATEDB")
        .unwrap();
    let named = std::env::var("PGSTRATA_SETTINGS").unwrap_or_default();
    let mut cases = Vec::new();
    let all = Setting::all(&mut client);
    for setting in &all {
        for value in &setting.values {
            for place in PLACES {
                cases.push((&*setting.name, &**value, place));
            }
        }
    }
    let mut number = 0;
    cases.retain(|(name, ..)| {
        number += 1;
        let is_decided = is_fixed(name) || is_refused(name);
        let is_sampled = number % ONE_IN[usize::from(is_decided)] == 0;
        match &*named {
            "" => is_sampled,
            "all" => true,
            named => named == *name,
        }
    });
    let plain = Course::new(&cluster, "plain").run(None).unwrap();
    let next = AtomicUsize::new(0);
    let (wrong, impossible) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some((name, value, place)) = cases.get(number) else {
                        return;
                    };
                    let course = Course::new(&cluster, &format!("case_{number}"));
                    let ended = course.run_with(&plain, place, name, value);
                    let case = format!("{name} = '{value}' on the {}", place.to_lowercase());
                    match ended {
                        Ended::Same => {}
                        Ended::Impossible => {
                            impossible.fetch_add(1, Ordering::Relaxed);
                        }
                        Ended::Refused(said) if is_refused(name) && said.contains(name) => {}
                        Ended::Refused(said) | Ended::Otherwise(said) => {
                            wrong.lock().unwrap().push(format!("{case}: {said}"));
                        }
                    }
                }
            });
        }
    });
    println!(
        "PostgreSQL {}: {} settings, {} cases, {} of them impossible for any program",
        cluster.server_version(),
        all.len(),
        cases.len(),
        impossible.load(Ordering::Relaxed)
    );
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}
