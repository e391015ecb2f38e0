//! What a run has seen: which server, and which history. After a reconnect both must still be
//! there: a standby that was behind when it took over lacks the last commits, and a run that went on
//! there would leave a hole.

use std::collections::{BTreeMap, BTreeSet};

use crate::advice;
use crate::error::{Error, Kind};
use crate::history::{Past, Recorded, RowState};
use crate::own::{Row, Unreadable};
use crate::plan::{Action, Step};

/// A session, and the server that it is on.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Backend {
    pub(crate) pid: i32,
    /// When it was started, in microseconds: a pid may come again.
    pub(crate) start: i64,
    pub(crate) is_standby: bool,
    /// The system identifier, where this role may know it.
    system: Option<String>,
    /// The timeline, where this role may know it.
    timeline: Option<u32>,
}

/// The history as this run has read or written it.
#[derive(Default)]
pub(crate) struct Seen {
    rows: BTreeMap<Key, Sight>,
    /// What this run has rolled back or replaced, by attempt.
    gone: BTreeMap<i64, String>,
    /// How many statements of a script outside a transaction are finished.
    progress: Option<(Key, usize)>,
}

/// A migration by its version, a repeatable by its name.
type Key = (Option<u64>, String);

struct Sight {
    label: String,
    /// Not known of what this run itself has written.
    attempt: Option<i64>,
    is_applied: bool,
}

impl Backend {
    pub(crate) fn from_row(row: &Row) -> Result<Self, Unreadable> {
        // The first eight digits, as pg_walfile_name() of PostgreSQL writes them.
        let timeline = |file: String| u32::from_str_radix(file.get(..8)?, 16).ok();
        Ok(Self {
            pid: row.get("pid")?,
            start: row.get("start")?,
            is_standby: row.get("is_standby")?,
            system: row.get("system")?,
            timeline: row.get::<Option<String>>("wal_file")?.and_then(timeline),
        })
    }

    /// Whether a run on `before` may go on here.
    pub(crate) fn follows(&self, before: &Self) -> bool {
        let differs = |(now, then): (&String, &String)| now != then;
        let is_other = self.system.as_ref().zip(before.system.as_ref());
        let timelines = self.timeline.zip(before.timeline);
        !self.is_standby
            && !is_other.is_some_and(differs)
            && timelines.is_none_or(|(now, then)| now >= then)
    }

    /// For people.
    fn text(&self) -> String {
        let known = |name: &str, value: Option<String>| {
            value.map_or(format!("{name} unknown"), |value| format!("{name} {value}"))
        };
        let timeline = self.timeline.map(|timeline| timeline.to_string());
        let role = if self.is_standby {
            "a standby"
        } else {
            "a primary"
        };
        format!(
            "{role}, {}, {}",
            known("system identifier", self.system.clone()),
            known("timeline", timeline)
        )
    }
}

impl Seen {
    /// Takes the history as it is now.
    pub(crate) fn read(&mut self, past: &Past) {
        let sight = |row: &Recorded| Sight {
            label: row.label.clone(),
            attempt: Some(row.attempt),
            is_applied: row.is_applied(),
        };
        let all = past.rows.iter().chain(&past.repeated);
        self.rows = all.map(|row| (row.key(), sight(row))).collect();
        self.gone.clear();
        self.progress = None;
    }

    /// A step of this run was done.
    pub(crate) fn did(&mut self, step: &Step) {
        let key = key(step);
        self.progress = None;
        match step.action {
            Action::Verify => return,
            Action::RollBack => drop(self.rows.remove(&key)),
            Action::Apply | Action::Repeat | Action::Baseline | Action::Repair => {
                let (label, attempt) = (step.label.clone(), None);
                let sight = Sight {
                    label,
                    attempt,
                    is_applied: true,
                };
                self.rows.insert(key, sight);
            }
        }
        let replaces = matches!(
            step.action,
            Action::RollBack | Action::Repeat | Action::Repair
        );
        if replaces && step.attempt != 0 {
            let what = format!("{} ({} by this run)", step.label, step.action.words()[1]);
            self.gone.insert(step.attempt, what);
        }
    }

    /// So many statements of a step outside a transaction are finished.
    pub(crate) fn finished(&mut self, step: &Step, statements: usize) {
        self.progress = Some((key(step), statements));
    }

    /// What of it a server lacks, a line each; of the steps that are under way nobody knows.
    fn missing(&self, past: &Past, under_way: &[&Step]) -> Vec<String> {
        let all = || past.rows.iter().chain(&past.repeated);
        let now: BTreeMap<Key, &Recorded> = all().map(|row| (row.key(), row)).collect();
        let open: BTreeSet<Key> = under_way.iter().map(|step| key(step)).collect();
        let mut missing = Vec::new();
        for (key, sight) in self.rows.iter().filter(|(key, _)| !open.contains(*key)) {
            let is_same = |row: &&&Recorded| sight.attempt.is_none_or(|it| it == row.attempt);
            let (label, by) = (
                &sight.label,
                if sight.attempt.is_none() {
                    "by this run"
                } else {
                    "before"
                },
            );
            match now.get(key).filter(is_same) {
                None if sight.is_applied => missing.push(format!("{label} (applied {by})")),
                None => missing.push(format!("{label} (begun {by})")),
                Some(row) if sight.is_applied && !row.is_applied() => {
                    missing.push(format!("the end of {label} (applied {by})"));
                }
                Some(_) => {}
            }
        }
        let back = all().filter_map(|row| self.gone.get(&row.attempt));
        let back = back.map(|what| format!("that {what} is gone"));
        missing.extend(back);
        let finished = self.progress.iter().filter_map(|(key, finished)| {
            let step = under_way.iter().find(|step| self::key(step) == *key)?;
            let has =
                |state, row: &&Recorded| row.state == state && row.statements_done >= *finished;
            let is_there = match (now.get(key), step.action) {
                (Some(row), Action::RollBack) => has(RowState::RollingBack, row),
                (Some(row), _) => row.is_applied() || has(RowState::Applying, row),
                (None, action) => action == Action::RollBack,
            };
            let what = format!("{finished} finished statements of {}", step.label);
            (!is_there).then_some(what)
        });
        missing.extend(finished);
        missing
    }

    /// Refuses a history that lacks some of it.
    pub(crate) fn compare(
        &self,
        past: &Past,
        under_way: &[&Step],
        then: &Backend,
        now: &Backend,
    ) -> Result<(), Error> {
        let missing = self.missing(past, under_way);
        if missing.is_empty() {
            return Ok(());
        }
        let missing = format!("\n    {}", missing.join("\n    "));
        let applied = past.rows.iter().filter(|row| row.is_applied());
        let newest = past
            .rows
            .last()
            .map(|row| format!(", newest {}", row.label));
        let has = format!(
            "{} applied migrations{}",
            applied.count(),
            newest.unwrap_or_default()
        );
        let values = [
            ("missing", &*missing),
            ("has", &has),
            ("then", &then.text()),
            ("now", &now.text()),
        ];
        Err(stop("hole", &values))
    }

    /// Refuses to go on where another server has answered.
    pub(crate) fn other_server(then: &Backend, now: &Backend) -> Error {
        stop(
            "other-server",
            &[("then", &then.text()), ("now", &now.text())],
        )
    }
}

fn stop(sentence: &str, values: &[(&str, &str)]) -> Error {
    Error::new(Kind::Failed, None, advice::sentence(sentence, values), None)
}

fn key(step: &Step) -> Key {
    let name = step.version.map_or(&*step.label, |_| "");
    (step.version, name.to_owned())
}
