//! What this project promises of its speed, and whether the measurements say that it holds.

use super::measurement::{Measurement, digits};
use super::subject::Subject::{self, Pgstrata, PgstrataSingle, PsqlSingle};

/// A promise, and what was found.
#[derive(Debug, PartialEq)]
pub(super) struct Verdict {
    pub(super) promise: &'static str,
    pub(super) found: String,
    pub(super) holds: bool,
}

/// The promises that the measurements allow to judge.
pub(super) fn judged(measurements: &[&Measurement]) -> Vec<Verdict> {
    let verdict = |(promise, judge): &(&'static str, Judge)| {
        let (found, holds) = judge(&Measurements(measurements))?;
        Some(Verdict {
            promise,
            found,
            holds,
        })
    };
    PROMISES.iter().filter_map(verdict).collect()
}

type Judge = fn(&Measurements<'_>) -> Option<(String, bool)>;

const PROMISES: &[(&str, Judge)] = &[
    (
        "cold debug build: at most 1.3 × the floor's CPU time",
        |all| all.to_floor("cold debug build", 1.3),
    ),
    ("debug rebuild after an edit: less than every peer", |all| {
        all.to_best_peer("debug rebuild", Pgstrata, 1.0)
    }),
    (
        "release rebuild after an edit: less than every peer",
        |all| all.to_best_peer("release rebuild", Pgstrata, 1.0),
    ),
    (
        "binary: at most 600 bytes a migration beside its SQL",
        |all| all.at_most("a migration, without its SQL", 600.0),
    ),
    (
        "binary at 1,000 migrations: not above the leanest peer",
        |all| all.to_best_peer("stripped release binary", Pgstrata, 1.0),
    ),
    ("the same with the libraries that it loads", |all| {
        all.to_best_peer("with the libraries that it loads", Pgstrata, 1.0)
    }),
    ("nothing pending: one round trip", |all| {
        all.at_most("round trips with nothing pending", 1.0)
    }),
    (
        "nothing pending, 10 applied: at most 1.1 × the floor",
        |all| all.to_floor("nothing pending, 10 applied", 1.1),
    ),
    (
        "nothing pending, 1,000 applied: at most 1.1 × the floor",
        |all| all.to_floor("nothing pending, 1000 applied", 1.1),
    ),
    (
        "nothing pending, 10,000 applied: at most 1.1 × the floor",
        |all| all.to_floor("nothing pending, 10000 applied", 1.1),
    ),
    ("first run of 10: at most 1.2 × the floor", |all| {
        all.to_floor("first run, 10 migrations", 1.2)
    }),
    ("rollback of 1,000: at most 1.1 × the floor", |all| {
        all.to_floor("all rolled back, 1000 migrations", 1.1)
    }),
    ("first run of 1,000: at most 1.1 × the floor", |all| {
        all.to_floor("first run, 1000 migrations", 1.1)
    }),
    ("first run: fewer round trips than one a migration", |all| {
        all.to_floor("round trips of the first run", 1.0)
    }),
    (
        "first run 20 ms away: at least 3 times faster than the best peer",
        |all| all.to_best_peer("first run, 100 migrations, 20 ms away", Pgstrata, 1.0 / 3.0),
    ),
    (
        "in one transaction: a constant number of round trips",
        |all| {
            let turns = all.median("round trips of the first run", PgstrataSingle)?;
            Some((format!("{turns:.0}"), turns <= 10.0))
        },
    ),
    (
        "in one transaction, 1,000: at most 1.1 × `psql -1 -f`",
        |all| {
            all.to(
                "first run, 1000 migrations",
                PgstrataSingle,
                PsqlSingle,
                1.1,
            )
        },
    ),
    (
        "client CPU of the first run of 1,000: less than every peer's",
        |all| all.to_best_peer("its client CPU, 1000 migrations", Pgstrata, 1.0),
    ),
    ("memory at 1,000: not above the leanest peer", |all| {
        all.to_best_peer("its peak memory, 1000 migrations", Pgstrata, 1.0)
    }),
    ("sixteen processes at once: all succeed", |all| {
        let succeed = all.median("of 16 processes at once succeed, 1000", Pgstrata)?;
        Some((format!("{succeed} of 16"), succeed >= 16.0))
    }),
    (
        "sixteen processes at once, 10: at most 1.3 × a floor with a lock",
        |all| all.to_floor("16 at once, 10 migrations", 1.3),
    ),
    (
        "sixteen processes at once, 100: at most 1.3 × a floor with a lock",
        |all| all.to_floor("16 at once, 100 migrations", 1.3),
    ),
    ("lexing and splitting: at least 50 MB/s", |all| {
        let both = [
            all.median("lexer, 1000", Pgstrata)?,
            all.median("splitter, 1000", Pgstrata)?,
        ];
        // Splitting asks the lexer itself.
        Some((format!("{} MB/s", digits(both[1])), both[1] >= 50.0))
    }),
    ("`check` with all rules: at least 10 MB/s", |all| {
        let speed = all.median("check, 1000", Pgstrata)?;
        Some((format!("{} MB/s", digits(speed)), speed >= 10.0))
    }),
    (
        "expansion in a debug build: under 1 ms a migration, and linear",
        |all| {
            let few = all.median("expansion in a debug build, 1000", Pgstrata)?;
            let many = all.median("expansion in a debug build, 10000", Pgstrata)?;
            let found = format!("{} ms; with 10,000 {} ms", digits(few), digits(many));
            Some((found, few < 1.0 && many < 1.0 && many < 1.5 * few))
        },
    ),
];

struct Measurements<'a>(&'a [&'a Measurement]);

impl Measurements<'_> {
    fn named(&self, start: &str) -> Option<&Measurement> {
        self.0
            .iter()
            .find(|measurement| measurement.name.contains(start))
            .copied()
    }

    fn median(&self, name: &str, subject: Subject) -> Option<f64> {
        self.named(name)?.median(subject)
    }

    fn at_most(&self, name: &str, limit: f64) -> Option<(String, bool)> {
        let measurement = self.named(name)?;
        let median = measurement.median(Pgstrata)?;
        let whole = median.fract() == 0.0;
        let shown = if whole {
            format!("{median:.0}")
        } else {
            digits(median)
        };
        Some((
            format!("{shown} {}", measurement.unit).trim().to_owned(),
            median <= limit,
        ))
    }

    fn to_floor(&self, name: &str, limit: f64) -> Option<(String, bool)> {
        self.to(name, Pgstrata, Subject::Floor, limit)
    }

    fn to(
        &self,
        name: &str,
        subject: Subject,
        other: Subject,
        limit: f64,
    ) -> Option<(String, bool)> {
        let ratio = self.named(name)?.ratio(subject, other)?;
        Some((
            format!("{} × {}", digits(ratio), other.label()),
            ratio <= limit,
        ))
    }

    fn to_best_peer(&self, name: &str, subject: Subject, limit: f64) -> Option<(String, bool)> {
        let peer = self.named(name)?.best_peer(subject)?;
        self.to(name, subject, peer, limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_holds_by_the_figures_and_is_silent_without_them() {
        let measurement = |name: &str, samples: &[(Subject, f64)]| Measurement {
            name: name.to_owned(),
            unit: String::new(),
            samples: samples
                .iter()
                .map(|(one, number)| (*one, vec![*number]))
                .collect(),
        };
        let cold = measurement(
            "cold debug build, 100 migrations",
            &[
                (Subject::Floor, 30.0),
                (Pgstrata, 42.0),
                (Subject::Diesel, 39.0),
            ],
        );
        let away = measurement(
            "first run, 100 migrations, 20 ms away",
            &[
                (Pgstrata, 2.0),
                (Subject::Sqlx, 9.0),
                (Subject::Diesel, 8.0),
            ],
        );
        let verdicts = judged(&[&cold, &away]);
        let found: Vec<_> = verdicts
            .iter()
            .map(|verdict| (verdict.found.as_str(), verdict.holds))
            .collect();
        assert_eq!(found, [("1.40 × floor", false), ("0.25 × diesel", true)]);
        assert_eq!(judged(&[]), []);
    }
}
