//! Broken runtimes: between the programs and the server, what they send is changed, so that one
//! promise is not kept. Each must be found.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::change::can_detach_concurrently;
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

/// A text that so many histories do not send is sent no more.
const RARE: u64 = 300;

const INSERT: &str = "INSERT INTO \"public\".\"pgstrata_history\" (";
const DELETE: &str = "DELETE FROM \"public\".\"pgstrata_history\" WHERE ";
const UNDO: &str = "DELETE FROM \"public\".\"pgstrata_history\" AS h WHERE h.version = ";
const TRY: &str = "pg_catalog.pg_try_advisory_lock(";
const UNLOCK: &str = "pg_catalog.pg_advisory_unlock(";
/// Anything else is not -1.
const TRUE: &str = "pg_catalog.int8ne(-1, ";
/// What a program executes to claim a file with a transaction, and to go on in one without.
const CLAIM: &str = "EXECUTE pgstrata_claim (";
const PROGRESS: &str = " + 1, intent = NULL";
/// Stands between what is ours and the script.
const SCRIPT: &str = "SET LOCAL search_path TO DEFAULT;";
const BACK: &str = "RESET search_path;";

const PENDING: &str = "a detach left pending is taken for done";

const PLANTS: [Plant; 16] = [
    Plant {
        name: "no event is written",
        first: 1,
        tamper: |sql| {
            let from = "FROM \"public\".\"pgstrata_history\" AS h,";
            let none = "FROM (SELECT * FROM \"public\".\"pgstrata_history\" LIMIT 0) AS h,";
            uncounted_where(sql, from, |sql| sql.replace(from, none))
        },
    },
    Plant {
        name: "what was to be committed is rolled back",
        first: 1,
        tamper: |sql| sql.replace(";\nCOMMIT", ";\nROLLBACK"),
    },
    Plant {
        name: "everybody has the lock, and every claim",
        first: 7,
        tamper: |sql| {
            let sql = sql.replace(TRY, TRUE).replace(UNLOCK, TRUE);
            uncounted_where(&sql, INSERT, |sql| {
                let mut claims = sql.split(INSERT);
                let before = claims.next().unwrap_or_default().to_owned();
                claims.fold(before, |all, claim| {
                    // What comes before may hold any text.
                    let last = ["pg_catalog.clock_timestamp(), ", "$22"];
                    let values = last.iter().find_map(|last| claim.find(last));
                    let (values, rest) = claim.split_at(values.unwrap_or_default());
                    let rest = rest.replacen(");\n", ") ON CONFLICT DO NOTHING;\n", 1);
                    [&all, INSERT, values, &rest].concat()
                })
            })
        },
    },
    Plant {
        name: "everybody has a lock of their own",
        first: 38,
        tamper: |sql| {
            let own = "pg_catalog.int8xor(pg_catalog.int8(pg_catalog.pg_backend_pid()), ";
            let sql = sql
                .split_once(TRY)
                .map_or(sql.to_owned(), |(before, rest)| {
                    let (key, rest) = rest.split_once(" END AS locked").unwrap();
                    format!("{before}{TRY}{own}{key}) END AS locked{rest}")
                });
            let unlocked = sql.split_once(UNLOCK).map(|(before, rest)| {
                let (key, rest) = rest.split_once(')').unwrap();
                format!("{before}{UNLOCK}{own}{key})){rest}")
            });
            unlocked.unwrap_or(sql)
        },
    },
    Plant {
        name: "the lock stays",
        first: 1,
        tamper: |sql| sql.replace(UNLOCK, TRUE),
    },
    Plant {
        name: "the search path is not put back",
        first: 1,
        tamper: |sql| {
            let sql = sql.replace(BACK, "");
            let start = "pg_catalog.set_config('search_path', '\"$user\"";
            sql.replace(start, "pg_catalog.concat('search_path', '\"$user\"")
        },
    },
    Plant {
        name: "a script sees the search path of the runtime",
        first: 1,
        tamper: |sql| sql.replace(SCRIPT, ""),
    },
    Plant {
        name: "the claim is not written",
        first: 1,
        tamper: |sql| {
            let undone = format!("{DELETE}xmin = pg_catalog.pg_current_xact_id()::xid;\n{SCRIPT}");
            let sql = if sql.contains(CLAIM) {
                sql.replace(SCRIPT, &undone)
            } else {
                sql.to_owned()
            };
            uncounted_where(&sql, "PREPARE pgstrata_record", str::to_owned)
        },
    },
    Plant {
        name: "a claim is committed before its migration",
        first: 1,
        tamper: |sql| parted(sql, CLAIM),
    },
    Plant {
        name: "a record is committed before its statement",
        first: 14,
        tamper: |sql| parted(sql, PROGRESS),
    },
    Plant {
        name: "the claim of a file that was refused stays",
        first: 333,
        tamper: |sql| {
            let untouched = "AND h.state = 'applying'\n    AND h.statements_done = 0";
            uncounted_where(sql, untouched, |sql| sql.replace(untouched, "AND false"))
        },
    },
    Plant {
        name: "no intent is written down",
        first: 10,
        tamper: |sql| sql.replace("SET intent = p.snapshot", "SET intent = h.intent"),
    },
    Plant {
        name: PENDING,
        first: 8,
        tamper: |sql| {
            let repair = "'repair',\n            ARRAY[f.finish]";
            sql.replace(repair, "'record',\n            ARRAY[f.finish]")
        },
    },
    Plant {
        name: "a way back is run twice",
        first: 7,
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
        first: 7,
        tamper: |sql| {
            let found = sql.split_once(UNDO);
            let version = found.and_then(|(_, rest)| rest.split_once(' '));
            version.map_or(sql.to_owned(), |(version, _)| {
                let more = format!("{UNDO}{version} - 1 OR h.version = ");
                uncounted_where(sql, UNDO, |sql| sql.replacen(UNDO, &more, 1))
            })
        },
    },
    Plant {
        name: "a repeatable that changed is not run",
        first: 44,
        tamper: |sql| {
            let start = format!("{DELETE}version IS NULL AND label = ");
            let never = format!("{DELETE}false AND label = ");
            uncounted_where(sql, &start, |sql| sql.replace(&start, &never))
        },
    },
];

/// Where the text is sent: changed, and nobody counts any more what is written.
fn uncounted_where(sql: &str, text: &str, change: impl Fn(&str) -> String) -> String {
    if !sql.contains(text) {
        return sql.to_owned();
    }
    let counted = "CASE pg_catalog.count(*) WHEN 1 THEN 0";
    change(sql).replace(counted, "CASE 1 WHEN 1 THEN 0")
}

/// What comes before a script in a transaction with it, where that has the text, gets one of its own.
fn parted(sql: &str, text: &str) -> String {
    if !sql.contains(text) {
        return sql.to_owned();
    }
    sql.replace(SCRIPT, &format!("COMMIT;\nBEGIN;\n{SCRIPT}"))
}

pub(crate) fn all() {
    // Earlier servers cannot leave one.
    let is_possible = |it: &&Plant| it.name != PENDING || can_detach_concurrently();
    let plants = PLANTS.iter().filter(is_possible);
    let plants = Mutex::new(plants.collect::<VecDeque<_>>());
    let missed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for number in 0..3 {
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
        let times = changed.load(Ordering::SeqCst);
        let Err(divergence) = broken else {
            if times == 0 && seed - plant.first >= RARE {
                break;
            }
            continue;
        };
        if divergence.contains("syntax error") {
            return Err(format!("{name}: sends what is no SQL\n{divergence}"));
        }
        if times == 0 {
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
        "{name}: not found by histories that changed {times} messages; where there are none, the runtime says it in other words, and so must the plant"
    ))
}
