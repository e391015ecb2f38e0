//! Broken runtimes: between the programs and the server, what they send is changed, so that one
//! promise is not kept. Each must be found.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::drive::{Group, play};
use crate::history::History;
use crate::play::Place;
use crate::proxy::Tamper;

/// A fault in the runtime, as it would look on the wire.
struct Plant {
    name: &'static str,
    /// From here it is found soon; any other start must do as well.
    first: u64,
    tamper: fn(&str) -> String,
}

/// More histories than this must not be needed.
const MOST: u64 = 1000;

const INSERT: &str = "INSERT INTO \"public\".\"pgstrata_history\" (";
const EVENT: &str = "INSERT INTO \"public\".\"pgstrata_history_events\" (";
const UNLOCK: &str = "pg_catalog.pg_advisory_unlock(";
/// Anything but -1 is not -1.
const TRUE: &str = "pg_catalog.int8ne(-1, ";
const TRY: &str = "pg_catalog.pg_try_advisory_lock(k.key)";

const PLANTS: [Plant; 10] = [
    Plant {
        name: "no event is written",
        first: 1,
        tamper: |sql| without(sql, EVENT, ";"),
    },
    Plant {
        name: "what was to be committed is rolled back",
        first: 1,
        tamper: |sql| sql.replace(";\nCOMMIT", ";\nROLLBACK"),
    },
    Plant {
        name: "everybody has the lock, and every claim",
        first: 1,
        tamper: |sql| {
            let sql = sql.replace(TRY, "true").replace(UNLOCK, TRUE);
            let claims = sql.split(INSERT).enumerate();
            let claims = claims.map(|(number, rest)| match rest.split_once(");\n") {
                Some((values, rest)) if number > 0 => {
                    format!("{INSERT}{values}) ON CONFLICT DO NOTHING;\n{rest}")
                }
                _ if number > 0 => format!("{INSERT}{rest}"),
                _ => rest.to_owned(),
            });
            claims.collect()
        },
    },
    Plant {
        name: "everybody has a lock of their own",
        first: 3,
        tamper: |sql| {
            let own = "pg_catalog.int8xor(pg_catalog.int8(pg_catalog.pg_backend_pid()), ";
            let tried = format!("pg_catalog.pg_try_advisory_lock({own}k.key))");
            let sql = sql.replace(TRY, &tried);
            sql.split_once(UNLOCK)
                .map_or(sql.clone(), |(before, rest)| {
                    let (key, rest) = rest.split_once(')').unwrap();
                    format!("{before}{UNLOCK}{own}{key})){rest}")
                })
        },
    },
    Plant {
        name: "the lock stays",
        first: 1,
        tamper: |sql| sql.replace(UNLOCK, TRUE),
    },
    Plant {
        name: "the search path is not put back",
        first: 608,
        tamper: |sql| sql.replace("RESET search_path;", ""),
    },
    Plant {
        name: "no intent is written down",
        first: 126,
        tamper: |sql| sql.replace("SET intent = p.snapshot", "SET intent = h.intent"),
    },
    Plant {
        name: "a way back is run twice",
        first: 15,
        tamper: |sql| {
            let start = "INSERT INTO public.ledger VALUES ('";
            let Some((before, rest)) = sql.split_once(start) else {
                return sql.to_owned();
            };
            let Some((key, rest)) = rest.split_once("')") else {
                return sql.to_owned();
            };
            if key.contains(" down ") && !key.starts_with('\'') {
                format!("{before}{start}{key}'); {start}{key}'){rest}")
            } else {
                sql.to_owned()
            }
        },
    },
    Plant {
        name: "a rollback takes its neighbour's row along",
        first: 17,
        tamper: |sql| {
            let start = "DELETE FROM \"public\".\"pgstrata_history\" WHERE version = ";
            let found = sql.split_once(start);
            let version = found.and_then(|(_, rest)| rest.split_once(' '));
            version.map_or(sql.to_owned(), |(version, _)| {
                let more = format!("{start}{version} - 1 OR version = ");
                sql.replacen(start, &more, 1)
            })
        },
    },
    Plant {
        name: "a repeatable that changed is not run",
        first: 6,
        tamper: |sql| {
            sql.replace(
                "WHERE version IS NULL AND label = ",
                "WHERE false AND label = ",
            )
        },
    },
];

/// The text with everything from `start` to `end` taken out, as often as it is there, except where
/// it is prepared.
fn without(sql: &str, start: &str, end: &str) -> String {
    let mut left = sql;
    let mut kept = String::new();
    while let Some((before, rest)) = left.split_once(start) {
        let Some((_, after)) = rest.split_once(end) else {
            break;
        };
        if before.trim_end().ends_with("AS") {
            kept += before;
            kept += start;
            left = rest;
            continue;
        }
        kept += before;
        left = after;
    }
    kept + left
}

pub(crate) fn all() {
    let plants = Mutex::new(PLANTS.iter().collect::<VecDeque<_>>());
    let missed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for number in 0..2 {
            let (plants, missed) = (&plants, &missed);
            scope.spawn(move || {
                let mut place = Group::Shared.place(100 + number);
                loop {
                    let Some(plant) = plants.lock().unwrap().pop_front() else {
                        return;
                    };
                    if let Err(why) = find(&mut place, plant) {
                        missed.lock().unwrap().push(why);
                    }
                }
            });
        }
    });
    let missed = missed.into_inner().unwrap();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// Plays histories on a broken runtime until one differs, which on the sound one does not.
fn find(place: &mut Place, plant: &Plant) -> Result<(), String> {
    let changed = Arc::new(AtomicUsize::new(0));
    let (count, change) = (Arc::clone(&changed), plant.tamper);
    let tamper: Tamper = Arc::new(move |sql| {
        let other = change(sql);
        (other != sql).then(|| {
            count.fetch_add(1, Ordering::SeqCst);
            other
        })
    });
    let name = plant.name;
    for seed in plant.first..plant.first + MOST {
        let history = History::random(seed);
        if Group::of(&history) != Group::Shared {
            continue;
        }
        place.tamper = Some(Arc::clone(&tamper));
        let broken = play(place, &history);
        place.tamper = None;
        let Err(divergence) = broken else {
            continue;
        };
        if changed.load(Ordering::SeqCst) == 0 {
            return Err(format!(
                "{name}: nothing was changed, and yet\n{divergence}"
            ));
        }
        println!(
            "{name}: found by seed {seed}, after {} histories",
            seed - plant.first + 1
        );
        return match play(place, &history) {
            Ok(_) => Ok(()),
            Err(other) => Err(format!(
                "{name}: the sound runtime differs as well\n{other}"
            )),
        };
    }
    let times = changed.load(Ordering::SeqCst);
    Err(format!(
        "{name}: not found by {MOST} histories, in which {times} messages were changed; \
         where there are none, the runtime says it in other words, and so must the plant"
    ))
}
