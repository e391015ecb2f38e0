//! Where a database stands: as the model has it, and as it is seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use postgres::{Client, SimpleQueryMessage};

use crate::change::Effect;

/// The row of a migration in the history.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Row {
    Applied {
        edition: u8,
    },
    /// A file without a transaction that was interrupted on its way up.
    Up(Place),
    Down {
        edition: u8,
        at: Place,
    },
}

/// How far a file without a transaction has come.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Place {
    /// So many statements are recorded.
    pub(crate) done: usize,
    /// So many commits of the next one have happened.
    pub(crate) commits: usize,
    /// Whether its intent is written down.
    pub(crate) begun: bool,
}

/// All that the model knows of a database.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct State {
    pub(crate) rows: BTreeMap<u64, Row>,
    pub(crate) repeated: BTreeMap<String, u8>,
    pub(crate) events: BTreeMap<String, u32>,
    pub(crate) ledger: BTreeMap<String, u32>,
    pub(crate) objects: BTreeSet<String>,
}

/// What can be seen of it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Seen {
    /// The version or the repeatable's name, and its state.
    rows: BTreeMap<String, String>,
    events: BTreeMap<String, u32>,
    ledger: BTreeMap<String, u32>,
    objects: BTreeSet<String>,
    leftovers: BTreeSet<String>,
}

impl State {
    pub(crate) fn apply(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Row(key) => *self.ledger.entry(key.clone()).or_default() += 1,
                Effect::Add(object) => drop(self.objects.insert(object.clone())),
                Effect::Remove(object) => drop(self.objects.remove(object)),
            }
        }
    }

    pub(crate) fn tell(&mut self, event: String) {
        *self.events.entry(event).or_default() += 1;
    }

    pub(crate) fn is_interrupted(&self) -> bool {
        let is_whole = |row: &Row| matches!(row, Row::Applied { .. });
        !self.rows.values().all(is_whole)
    }

    pub(crate) fn is_detaching(&self) -> bool {
        self.objects.iter().any(|it| it.starts_with("pending "))
    }

    fn seen(&self) -> Seen {
        let state = |row: &Row| match row {
            Row::Applied { .. } => "applied",
            Row::Up(_) => "applying",
            Row::Down { .. } => "rolling back",
        };
        let rows = self.rows.iter();
        let rows = rows.map(|(version, row)| (version.to_string(), state(row).to_owned()));
        let repeated = self.repeated.keys();
        let repeated = repeated.map(|name| (name.clone(), "repeated".to_owned()));
        Seen {
            rows: rows.chain(repeated).collect(),
            events: self.events.clone(),
            ledger: self.ledger.clone(),
            objects: self.objects.clone(),
            leftovers: BTreeSet::new(),
        }
    }

    /// Whether it has more of what only grows.
    pub(crate) fn exceeds(&self, seen: &Seen) -> bool {
        let more = |all: &BTreeMap<String, u32>, seen: &BTreeMap<String, u32>| {
            let mut all = all.iter();
            all.any(|(key, count)| seen.get(key).is_none_or(|it| it < count))
        };
        more(&self.ledger, &seen.ledger) || more(&self.events, &seen.events)
    }

    /// What of it is not so; empty where it can be the same.
    pub(crate) fn differs(&self, seen: &Seen) -> String {
        let own = self.seen();
        let mut said = String::new();
        let mut say = |what: &str, expected: String, found: String| {
            if expected != found {
                let _ = writeln!(
                    said,
                    "    {what}: expected {expected}\n    {what}: found    {found}"
                );
            }
        };
        let less = |all: &BTreeMap<String, u32>, other: &BTreeMap<String, u32>| {
            let differs = |(key, _): &(&String, &u32)| other.get(*key) != all.get(*key);
            let lines = all.iter().filter(differs);
            let lines: Vec<_> = lines.map(|(key, n)| format!("{key} x{n}")).collect();
            lines.join(", ")
        };
        say(
            "rows",
            format!("{:?}", own.rows),
            format!("{:?}", seen.rows),
        );
        for (what, one, other) in [
            ("events", &own.events, &seen.events),
            ("ledger", &own.ledger, &seen.ledger),
        ] {
            say(what, less(one, other), less(other, one));
        }
        let objects = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
            format!("{:?}", one.difference(other).collect::<Vec<_>>())
        };
        say(
            "objects",
            objects(&own.objects, &seen.objects),
            objects(&seen.objects, &own.objects),
        );
        // What an interrupted REINDEX leaves is cleared up by the run that goes on with it.
        if !self.is_interrupted() && !seen.leftovers.is_empty() {
            say("leftovers", String::new(), format!("{:?}", seen.leftovers));
        }
        said
    }
}

impl Seen {
    pub(crate) fn look(client: &mut Client) -> Result<Self, postgres::Error> {
        let there = "SELECT FROM pg_class WHERE relname = 'pgstrata_history' AND relnamespace = 'public'::regnamespace";
        let mut query = include_str!("observe.sql").to_owned();
        if !client.query(there, &[])?.is_empty() {
            query += include_str!("observe_history.sql");
        }
        let mut seen = Self::default();
        for message in client.simple_query(&query)? {
            let SimpleQueryMessage::Row(row) = message else {
                continue;
            };
            let text = |column| row.get(column).unwrap_or_default().to_owned();
            let (kind, key, count) = (text(0), text(1), text(2).parse().unwrap_or(0));
            match &*kind {
                "ledger" => drop(seen.ledger.insert(key, count)),
                "event" => drop(seen.events.insert(key, count)),
                "object" => drop(seen.objects.insert(key)),
                "leftover" => drop(seen.leftovers.insert(key)),
                _ => drop(seen.rows.insert(key, kind)),
            }
        }
        Ok(seen)
    }

    /// How often a key is in the ledger.
    pub(crate) fn times(&self, key: &str) -> u32 {
        self.ledger.get(key).copied().unwrap_or(0)
    }
}
