//! What a run has seen: which server, and which history. After a reconnect both must still be
//! there: a standby that was behind when it took over lacks the last commits, and a run that went on
//! there would leave a hole. What another program has rolled back meanwhile, on the same server and with
//! an event that says so, is no hole, but the run's plan does not fit any more.

use std::collections::BTreeMap;

use crate::backend::Backend;
use crate::error::{Error, ErrorKind};
use crate::history::{History, Past, Recorded, RowState};
use crate::messages;
use crate::own;
use crate::server::Server;
use crate::sql;
use crate::step::{Action, Step};

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

/// What a server lacks of what a run has seen.
pub(crate) struct Lacking {
    all: Vec<Missing>,
    /// What the history has now.
    has: String,
    then: Backend,
    now: Backend,
}

/// One line of it.
struct Missing {
    text: String,
    label: String,
    cause: Cause,
}

/// What may have become of it on the same server.
enum Cause {
    /// Nothing but a loss.
    Lost,
    /// It is being rolled back.
    RollingBack,
    /// An event may say who rolled it back, or replaced it; of the attempt, where that is known.
    MayBeTold(Option<i64>, Key),
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

    /// What of it a server lacks; of the steps that are under way nobody knows.
    fn missing(&self, past: &Past, under_way: &[&Step]) -> Vec<Missing> {
        let all = || past.rows.iter().chain(&past.repeated);
        let now: BTreeMap<Key, &Recorded> = all().map(|row| (row.key(), row)).collect();
        let open: Vec<Key> = under_way.iter().map(|step| key(step)).collect();
        let mut missing = Vec::new();
        for (key, sight) in self.rows.iter().filter(|(key, _)| !open.contains(key)) {
            let is_same = |row: &&&Recorded| sight.attempt.is_none_or(|it| it == row.attempt);
            let (label, by) = (
                &sight.label,
                if sight.attempt.is_none() {
                    "by this run"
                } else {
                    "before"
                },
            );
            let (text, row) = match now.get(key).filter(is_same) {
                None if sight.is_applied => (format!("{label} (applied {by})"), None),
                None => (format!("{label} (begun {by})"), None),
                Some(row) if sight.is_applied && !row.is_applied() => {
                    (format!("the end of {label} (applied {by})"), Some(row))
                }
                Some(_) => continue,
            };
            let is_back = row.is_some_and(|row| row.state == RowState::RollingBack);
            let cause = if is_back {
                Cause::RollingBack
            } else {
                Cause::MayBeTold(sight.attempt, key.clone())
            };
            let label = label.clone();
            missing.push(Missing { text, label, cause });
        }
        let back = all().filter_map(|row| Some((row, self.gone.get(&row.attempt)?)));
        missing.extend(back.map(|(row, what)| Missing {
            text: format!("that {what} is gone"),
            label: row.label.clone(),
            cause: Cause::Lost,
        }));
        let finished = self.progress.iter().filter_map(|(key, finished)| {
            let step = under_way.iter().find(|step| self::key(step) == *key)?;
            let has =
                |state, row: &&Recorded| row.state == state && row.statements_done >= *finished;
            let is_there = match (now.get(key), step.action) {
                (Some(row), Action::RollBack) => has(RowState::RollingBack, row),
                (Some(row), _) => row.is_applied() || has(RowState::Applying, row),
                (None, action) => action == Action::RollBack,
            };
            let missing = Missing {
                text: format!("{finished} finished statements of {}", step.label),
                label: step.label.clone(),
                cause: Cause::MayBeTold(None, key.clone()),
            };
            (!is_there).then_some(missing)
        });
        missing.extend(finished);
        missing
    }

    /// What a history lacks of it.
    pub(crate) fn lacking(
        &self,
        past: &Past,
        under_way: &[&Step],
        then: Backend,
        now: &Backend,
    ) -> Option<Lacking> {
        let all = self.missing(past, under_way);
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
        let now = now.clone();
        (!all.is_empty()).then_some(Lacking {
            all,
            has,
            then,
            now,
        })
    }

    /// Refuses to go on where another server has answered.
    pub(crate) fn other_server(then: &Backend, now: &Backend) -> Error {
        stop(messages::other_server(&then.text(), &now.text()))
    }
}

impl Lacking {
    /// Why the run cannot go on.
    pub(crate) async fn explained(&self, server: &mut dyn Server, history: &History) -> Error {
        if let Some(told) = self.told(server, history).await {
            return stop(messages::overtaken(&told, &self.has));
        }
        let missing = self.all.iter().map(|it| format!("\n    {}", it.text));
        let missing = missing.collect::<String>();
        let (then, now) = (self.then.text(), self.now.text());
        stop(messages::hole(&missing, &self.has, &then, &now))
    }

    /// Which other programs have done that, a line each; `None` unless that explains all of it.
    async fn told(&self, server: &mut dyn Server, history: &History) -> Option<String> {
        if !self.now.is_same_server(&self.then) {
            return None;
        }
        let mut lines = String::new();
        for missing in &self.all {
            let line = match &missing.cause {
                Cause::Lost => return None,
                Cause::RollingBack => format!("{} is being rolled back", missing.label),
                Cause::MayBeTold(attempt, key) => {
                    self.event(server, history, *attempt, key).await?
                }
            };
            lines += &["\n    ", &line].concat();
        }
        Some(lines)
    }

    async fn event(
        &self,
        server: &mut dyn Server,
        history: &History,
        attempt: Option<i64>,
        (version, label): &Key,
    ) -> Option<String> {
        let number = |number: Option<String>| number.unwrap_or_else(|| "NULL".to_owned());
        let values = [
            ("attempt", &*number(attempt.map(|it| it.to_string()))),
            ("version", &number(version.map(|it| it.to_string()))),
            ("label", &sql::literal(label)),
            ("start", &self.then.start.to_string()),
        ];
        let query = history.fill(
            include_str!("sql/history/overtaken.sql").trim_end(),
            &values,
        );
        let sets = own::ask(server, &query, own::BRIEF).await.ok()?;
        sets.first()?.first()?.get("told").ok()
    }
}

fn stop(message: String) -> Error {
    Error::new(ErrorKind::Lacking, None, message, None)
}

fn key(step: &Step) -> Key {
    let name = step.version.map_or(&*step.label, |_| "");
    (step.version, name.to_owned())
}
