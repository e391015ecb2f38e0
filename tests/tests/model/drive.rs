//! Plays many histories on a few servers at the same time.

use std::collections::VecDeque;
use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use crate::database::Database;
use crate::fault::Fault;
use crate::history::History;
use crate::mix::Mix;
use crate::play::Place;
use crate::proofs;
use crate::psql::Psql;
use crate::server::{Durable, Pair, SHARED};

/// So many run in the test command.
const HISTORIES: u64 = 100;

/// More divergences than this are not waited for.
const ENOUGH: usize = 5;

/// What a run came to.
pub(crate) struct Outcome {
    pub(crate) first: u64,
    pub(crate) mix: Mix,
    pub(crate) divergences: Vec<String>,
    pub(crate) seconds: u64,
}

pub(crate) fn all() {
    if let Some(seed) = number("PGSTRATA_MODEL_SEED") {
        let history = History::random(seed);
        println!("{history}");
        let place = Group::of(&history).place(0);
        match play(&place, &history) {
            Ok(mix) => println!("{}\n{mix}", mix.story),
            Err(divergence) => panic!("{divergence}"),
        }
        return;
    }
    let count = number("PGSTRATA_MODEL_HISTORIES").unwrap_or(HISTORIES);
    let first = number("PGSTRATA_MODEL_FIRST").unwrap_or(1);
    let began = Instant::now();
    let (mix, divergences) = histories(first, count);
    let outcome = Outcome {
        first,
        mix,
        divergences,
        seconds: began.elapsed().as_secs(),
    };
    let page = proofs::page(&outcome);
    println!("{page}");
    if env::var_os("PGSTRATA_MODEL_WRITE").is_some() {
        proofs::write(&page);
    }
    assert!(
        outcome.divergences.is_empty(),
        "{}",
        outcome.divergences.join("\n\n")
    );
    let lacking = outcome.mix.lacks();
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}

fn number(variable: &str) -> Option<u64> {
    let value = env::var(variable).ok()?;
    Some(value.parse().expect(variable))
}

/// Which server a history needs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Group {
    Shared,
    Durable,
    Pair,
}

impl Group {
    pub(crate) fn of(history: &History) -> Self {
        match history.fault() {
            Some(Fault::Restart) => Self::Durable,
            Some(fault) if fault.is_fail_over() => Self::Pair,
            _ => Self::Shared,
        }
    }

    /// Servers and databases for one thread.
    pub(crate) fn place(self, number: usize) -> Place {
        let create = |name: &str| Database::create(&SHARED.socket(), &format!("{name}_{number}"));
        let place = |database| Place {
            database,
            other: create(&format!("psql_{self:?}").to_lowercase()),
            psql: Psql::default(),
            durable: None,
            pair: None,
            tamper: None,
        };
        match self {
            Self::Shared => place(create("model")),
            Self::Durable => {
                let server = Arc::new(Durable::start());
                Place {
                    durable: Some(Arc::clone(&server)),
                    ..place(Database::new(&server.socket(), "model"))
                }
            }
            Self::Pair => {
                let servers = Arc::new(Pair::start());
                Place {
                    pair: Some(Arc::clone(&servers)),
                    ..place(Database::new(&servers.socket("a"), "model"))
                }
            }
        }
    }
}

/// What so many histories were made of, and what differed.
fn histories(first: u64, count: u64) -> (Mix, Vec<String>) {
    let mut queues = [Group::Shared, Group::Durable, Group::Pair].map(|it| (it, VecDeque::new()));
    for seed in first..first + count {
        let group = Group::of(&History::random(seed));
        let queue = queues.iter_mut().find(|(it, _)| *it == group);
        queue.unwrap().1.push_back(seed);
    }
    let queues = queues.map(|(group, seeds)| (group, Mutex::new(seeds)));
    let total = Mutex::new((Mix::default(), Vec::<String>::new()));
    thread::scope(|scope| {
        for (group, queue) in &queues {
            // A server that stops is waited for, which others use.
            let count = queue.lock().unwrap().len();
            let threads = match group {
                Group::Shared => 2 + usize::from(count > 150),
                _ => (count / 50).clamp(1, 3),
            };
            for number in 0..threads {
                let total = &total;
                scope.spawn(move || {
                    if queue.lock().unwrap().is_empty() {
                        return;
                    }
                    let place = group.place(number);
                    while let Some(seed) = next(queue) {
                        let played = play(&place, &History::random(seed));
                        let mut total = total.lock().unwrap();
                        match played {
                            Ok(mix) => total.0.add(&mix),
                            Err(divergence) => total.1.push(divergence),
                        }
                        if total.1.len() >= ENOUGH {
                            return;
                        }
                    }
                });
            }
        }
    });
    total.into_inner().unwrap()
}

fn next(queue: &Mutex<VecDeque<u64>>) -> Option<u64> {
    queue.lock().unwrap().pop_front()
}

/// A divergence tells its seed, the history, how the programs ended, and what differs.
pub(crate) fn play(place: &Place, history: &History) -> Result<Mix, String> {
    let played = catch_unwind(AssertUnwindSafe(|| place.play(history)));
    let played = played.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|it| (*it).to_owned()));
        Err(format!("panic: {}", text.unwrap_or_default()))
    });
    played.map_err(|what| {
        let seed = history.seed;
        format!("{history}{what}\nreplay it with PGSTRATA_MODEL_SEED={seed}")
    })
}
