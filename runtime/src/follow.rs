//! Repeatables follow what they stand on. A script's objects are recorded in the row of its application;
//! whatever step takes one of them away marks that row in its own transaction, as if the script had
//! changed. So a run that is interrupted there leaves them pending, and a run that goes on applies them
//! again after its migrations.
//!
//! Nothing is dropped here, and no materialized view built again. What others had set on an object that
//! was made again is named, as statements.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::take;

use crate::context::Context;
use crate::database_error::DatabaseError;
use crate::error::Result;
use crate::event::Event;
use crate::executor::Executor;
use crate::history::{History, Past};
use crate::own;
use crate::place::Stage;
use crate::plan;
use crate::prepared_step::{Part, PreparedStep};
use crate::row::{Row, Unreadable};
use crate::sql;
use crate::step::{Action, Step};

/// Raised by `lacking.sql`.
const LACKING: &str = "PGSRL";

/// An object of a repeatable.
struct Object {
    is_materialized: bool,
    is_gone: bool,
    /// What gives each thing that somebody has set on it, and what takes it away.
    set: BTreeMap<String, Option<String>>,
}

/// The objects of repeatables, by their kinds and names.
#[derive(Default)]
pub(crate) struct Stood(BTreeMap<String, Object>);

impl Stood {
    /// Statements that set again what objects have lost that were made again.
    fn lost(&self, now: &Self) -> Vec<String> {
        let both = self.0.iter().filter_map(|(name, was)| {
            let is = now.0.get(name).filter(|is| !is.is_gone)?;
            (!was.is_gone).then_some((was, is))
        });
        let statements = both.flat_map(|(was, is)| {
            let given = was.set.keys().filter(|it| !is.set.contains_key(*it));
            let more = is.set.iter().filter(|(it, _)| !was.set.contains_key(*it));
            let taken = more.filter_map(|(_, take)| take.as_ref());
            given.chain(taken).cloned().collect::<Vec<_>>()
        });
        let all: BTreeSet<String> = statements.collect();
        all.into_iter().collect()
    }

    /// The same of what is gone, whoever has set it.
    fn gone_with(&self, now: &Self) -> Vec<String> {
        let is_gone = |name: &String| now.0.get(name).is_none_or(|is| is.is_gone);
        let gone = self
            .0
            .iter()
            .filter(|(name, was)| !was.is_gone && is_gone(name));
        let all: BTreeSet<&String> = gone.flat_map(|(_, was)| was.set.keys()).collect();
        all.into_iter().cloned().collect()
    }

    /// What this run's migrations have dropped and no run builds again.
    fn not_rebuilt(&self, now: &Self) -> Vec<String> {
        let is_gone = |name: &String| now.0.get(name).is_none_or(|is| is.is_gone);
        let gone = self
            .0
            .iter()
            .filter(|(name, was)| was.is_materialized && !was.is_gone && is_gone(name));
        gone.map(|(name, _)| name.clone()).collect()
    }
}

/// The objects that a row names, as a table.
const TARGETS: &str = include_str!("sql/repeat/targets.sql").trim_ascii_end();

/// The number of one of them.
fn object() -> String {
    let class = include_str!("sql/repeat/class.sql").trim_end();
    let object = include_str!("sql/repeat/object.sql").trim_end();
    sql::fill(object, &[("class", class)])
}

impl History {
    fn of_repeatables(&self, template: &str, labels: &[&str]) -> String {
        let values = [
            ("object", &*object()),
            ("targets", TARGETS),
            ("labels", &sql::texts(labels)),
        ];
        self.fill(template, &values)
    }

    /// What the record of a script says of the objects that it has made.
    fn made(&self, work: &PreparedStep<'_>) -> String {
        let values = [("object", &*object()), ("targets", TARGETS)];
        let made = include_str!("sql/repeat/made.sql").trim_end();
        let all = [
            include_str!("sql/repeat/newest.sql"),
            &Self::counted(made, 1),
        ];
        self.fill_step(&all.concat(), work.step, &values)
    }
}

impl<'a> Context<'a> {
    /// The list's repeatables that the history has.
    pub(crate) fn known_repeatables(&self, past: &Past) -> Vec<&'a str> {
        let names = self.migrations.repeatables.iter().map(|it| it.name);
        let is_known = |name: &&str| past.repeated.iter().any(|row| row.label == *name);
        names.filter(is_known).collect()
    }

    /// What is applied as the list has it, and not among these steps.
    pub(crate) fn unplanned(&self, steps: &[Step], past: &Past) -> Vec<&'a str> {
        let is_planned = |name: &str| {
            let mut repeats = steps.iter().filter(|step| step.action == Action::Repeat);
            repeats.any(|step| step.label == name)
        };
        let mut names = self.repeated.clone();
        names.retain(|name| !is_planned(name) && plan::is_repeated(self.migrations, past, name));
        names
    }
}

impl Executor<'_, '_> {
    /// What the record of a step says of repeatables besides.
    pub(crate) fn follows(&self, work: &PreparedStep<'_>) -> String {
        let history = &self.lock.history;
        let is_repeat = work.step.action == Action::Repeat;
        let runs = [Action::Apply, Action::RollBack, Action::Repeat];
        if !runs.contains(&work.step.action) || !is_repeat && self.context.repeated.is_empty() {
            return String::new();
        }
        let mut all = String::new();
        if is_repeat {
            all += &history.made(work);
        }
        let labels = self.labels();
        // A script may also drop what another one has made; its own objects it has just made.
        let labels: Vec<&str> = labels
            .into_iter()
            .filter(|it| !is_repeat || *it != work.step.label)
            .collect();
        if !labels.is_empty() {
            all += &history.of_repeatables(include_str!("sql/repeat/gone.sql"), &labels);
        }
        all
    }

    /// Fails where a step has taken something from a repeatable that is not planned.
    pub(crate) fn lacks_nothing<'w>(&self, work: &'w PreparedStep<'w>) -> Option<Part<'w>> {
        if self.unplanned.is_empty() {
            return None;
        }
        let query = include_str!("sql/repeat/lacking.sql").trim_end();
        let query = self.lock.history.of_repeatables(query, &self.unplanned);
        let query = [own::SAFE_PATH, &query, ";\n", &self.lock.session.back].concat();
        Some(Part::new(work, Stage::Record, Some(query)))
    }

    /// The repeatables for which a transaction failed so.
    pub(crate) fn lacking(error: &DatabaseError) -> Option<Vec<String>> {
        let labels = error.message().split(' ').map(str::to_owned);
        (error.code() == LACKING).then(|| labels.collect())
    }

    /// The steps of one transaction: with those for which it failed, in the order of the list.
    pub(crate) fn with_lacking(&mut self, steps: Vec<Step>, past: &Past) -> Vec<Step> {
        let lacking = take(&mut self.lacking);
        let is_repeat = |step: &Step| step.action == Action::Repeat;
        let (mut planned, mut steps): (Vec<Step>, Vec<Step>) =
            steps.into_iter().partition(is_repeat);
        for repeatable in self.context.migrations.repeatables {
            let is_its = |step: &Step| step.label == repeatable.name;
            match planned.iter().position(is_its) {
                Some(index) => steps.push(planned.remove(index)),
                None if lacking.iter().any(|it| it == repeatable.name) => {
                    steps.push(plan::repeat(repeatable, past));
                }
                None => {}
            }
        }
        self.unplanned = self.context.unplanned(&steps, past);
        steps
    }

    fn labels(&self) -> Vec<&str> {
        let all = self.context.migrations.repeatables.iter();
        all.map(|it| it.name).collect()
    }
}

impl Executor<'_, '_> {
    /// The objects of repeatables as they are now.
    pub(crate) async fn stood(&mut self) -> Result<Stood> {
        let query = include_str!("sql/repeat/stood.sql").trim_end();
        let query = self.lock.history.of_repeatables(query, &self.labels());
        let history = self.lock.history.clone();
        let sets = self.context.wire.ask(self.server, &history, &query).await?;
        let mut all = Stood::default();
        for row in sets.iter().flatten() {
            history.reading(all.add(row))?;
        }
        Ok(all)
    }

    /// Puts those among the next steps of which something is gone. `asked` is how much was done when that
    /// was asked last.
    pub(crate) async fn follow(
        &mut self,
        steps: &mut Vec<Step>,
        done: usize,
        asked: &mut Option<usize>,
        past: &Past,
    ) -> Result<()> {
        let is_repeat = |step: &Step| step.action == Action::Repeat;
        if *asked == Some(done) || !steps.get(done).is_none_or(is_repeat) {
            return Ok(());
        }
        let is_first = asked.replace(done).is_none();
        // Those that were planned run one by one until the list is through.
        if !is_first && done < steps.len() {
            return Ok(());
        }
        let planned = steps.split_off(done);
        match self.gone(past, &planned, steps).await {
            Ok(gone) => {
                steps.extend(gone);
                Ok(())
            }
            Err(error) => {
                self.report.steps = take(steps);
                Err(error)
            }
        }
    }

    /// The repeatables that run now, after the migrations: those that were planned, and those that
    /// were applied before this run as they are, and lack something now.
    async fn gone(&mut self, before: &Past, planned: &[Step], done: &[Step]) -> Result<Vec<Step>> {
        let past = self.read().await?;
        let times = |label: &str| {
            let is_its = |step: &&Step| step.version.is_none() && step.label == label;
            done.iter().filter(is_its).count()
        };
        let was_applied = |label: &str| plan::is_repeated(self.context.migrations, before, label);
        let mut steps: Vec<Step> = plan::repeats(self.context.migrations, &past).collect();
        steps.retain(|step| {
            let is_planned = planned
                .iter()
                .any(|it| it.version.is_none() && it.label == step.label);
            let times = times(&step.label);
            // Two that drop each other would go on.
            is_planned || times < 2 && (times > 0 || was_applied(&step.label))
        });
        Ok(steps)
    }

    /// The run has failed, and the next one does not see what was there before this one.
    pub(crate) async fn tell_gone(&mut self, before: &Stood) {
        let Ok(now) = self.stood().await else { return };
        let lost = before.gone_with(&now);
        if !lost.is_empty() {
            self.context.wire.tell(&Event::Lost { statements: &lost });
        }
    }

    /// Names what the run has taken from others, and what it leaves away.
    pub(crate) async fn compare_stood(&mut self, before: &Stood) -> Result<()> {
        let now = self.stood().await?;
        let (lost, not_rebuilt) = (before.lost(&now), before.not_rebuilt(&now));
        if !lost.is_empty() {
            self.context.wire.tell(&Event::Lost { statements: &lost });
        }
        if !not_rebuilt.is_empty() {
            self.context.wire.tell(&Event::NotRebuilt {
                objects: &not_rebuilt,
            });
        }
        (self.report.lost, self.report.not_rebuilt) = (lost, not_rebuilt);
        Ok(())
    }
}

impl Stood {
    fn add(&mut self, row: Row<'_>) -> Result<(), Unreadable> {
        let object = Object {
            is_materialized: row.get::<String>("kind")? == "materialized view",
            is_gone: row.get("is_gone")?,
            set: BTreeMap::new(),
        };
        let words: String = row.get("words")?;
        let give: Option<String> = row.get("give")?;
        let object = self.0.entry(sql::visible_line(&words)).or_insert(object);
        if let Some(give) = give {
            object.set.insert(sql::visible(&give), row.get("take")?);
        }
        Ok(())
    }
}
