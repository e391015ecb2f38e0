//! Plays one history: its acts, then whatever it takes to come to the newest list; and compares
//! what is seen with the model after each.

use std::collections::BTreeSet;
use std::sync::Arc;

use tempfile::TempDir;

use crate::change::Change;
use crate::compare;
use crate::database::Database;
use crate::directory::{Program, by_hand, with_list};
use crate::ends;
use crate::fault::Fault;
use crate::history::{Act, History, Run};
use crate::known::{is_known, is_known_to_leave};
use crate::mix::Mix;
use crate::perform::{Performed, Stage};
use crate::person::{advised, decide, finalize, is_decision, is_pending};
use crate::predict::plan;
use crate::program::Ended;
use crate::proxy::Tamper;
use crate::psql::Psql;
use crate::reach::{Part, follow, reached};
use crate::server::{Durable, Pair};
use crate::state::{Row, Seen, State};
use crate::verb::{Verb, Way};

/// The servers and databases of one thread.
pub(crate) struct Place {
    pub(crate) database: Database,
    /// For psql.
    pub(crate) other: Database,
    pub(crate) psql: Psql,
    pub(crate) durable: Option<Arc<Durable>>,
    pub(crate) pair: Option<Arc<Pair>>,
    pub(crate) tamper: Option<Tamper>,
}

/// More rounds than this are a divergence.
const ROUNDS: usize = 30;

impl Place {
    /// What the history was made of; or what differs.
    pub(crate) fn play(&self, history: &History) -> Result<Mix, String> {
        let folder = tempfile::tempdir().unwrap();
        let folders = ["older", "newer"].map(|name| folder.path().join(name));
        for (list, folder) in history.lists.iter().zip(&folders) {
            list.write(folder);
        }
        if let Some(pair) = &self.pair {
            pair.renew();
            self.database.move_to(&pair.socket("a"));
        }
        self.database.reset();
        let [older, newer] = folders.clone();
        with_list(&older, |older| {
            with_list(&newer, |newer| {
                let stage = Stage {
                    database: &self.database,
                    durable: self.durable.clone(),
                    pair: self.pair.clone(),
                    tamper: self.tamper.clone(),
                    folders,
                    lists: [older, newer],
                };
                let play = Play {
                    history,
                    stage,
                    other: (&self.other, &self.psql),
                    possible: BTreeSet::from([State::default()]),
                    shut: history.gated(),
                    mix: Mix::default(),
                    is_plain: true,
                    log: Vec::new(),
                };
                play.all(&folder)
            })
        })
    }
}

struct Play<'p> {
    history: &'p History,
    stage: Stage<'p>,
    other: (&'p Database, &'p Psql),
    /// Where the database can be, by all that was seen.
    possible: BTreeSet<State>,
    shut: BTreeSet<u64>,
    mix: Mix,
    /// Whether nothing but applying has happened.
    is_plain: bool,
    log: Vec<String>,
}

impl Play<'_> {
    fn all(mut self, folder: &TempDir) -> Result<Mix, String> {
        let result = self.acts().and_then(|()| self.converge()).and_then(|()| {
            let (newer, database) = (folder.path().join("newer"), self.stage.database);
            compare::rows(database, self.stage.lists[1])?;
            let files = (&self.history.lists[1], &*newer);
            compare::with_psql(database, self.other, files, self.is_plain)
        });
        result.map_err(|what| format!("{}\n{what}", self.log.join("\n")))?;
        self.mix.histories = 1;
        self.mix.story = self.log.join("\n");
        let changes = &self.history.lists[1].changes;
        if changes.iter().any(|change| !change.is_transaction) {
            self.mix.note("a file without a transaction");
        }
        if changes.iter().any(Change::has_batch) {
            self.mix.note("a batch");
        }
        if !self.history.lists[1].repeatables.is_empty() {
            self.mix.note("repeatables");
        }
        Ok(self.mix)
    }

    fn acts(&mut self) -> Result<(), String> {
        for version in &self.shut {
            self.execute(&format!("INSERT INTO public.gate VALUES ({version})"))?;
        }
        for (number, act) in self.history.acts.iter().enumerate() {
            if number == self.history.opens {
                self.open()?;
            }
            let is_left_out = |run: &Run| {
                let mut all = self.possible.iter();
                all.any(|state| is_known(run.verb, state))
            };
            if act.runs.iter().any(is_left_out) {
                self.log
                    .push(format!("  act {} left out, see known.rs", number + 1));
                continue;
            }
            let name = format!("act {}", number + 1);
            let first = act.runs[0];
            let is_made = match first.verb {
                Verb::Baseline(end) => self.by_hand(first, end)?,
                _ => false,
            };
            let ended = self.act(act, &name)?;
            if is_made && ended[0].steps.is_none() {
                // Nobody leaves what was made by hand without its record.
                let runs = vec![Run {
                    way: Way::Borrowed,
                    ..first
                }];
                self.act(&Act { runs, blow: None }, &format!("{name}, again"))?;
            }
        }
        self.open()
    }

    /// What was broken is repaired.
    fn open(&mut self) -> Result<(), String> {
        self.shut.clear();
        self.execute("DELETE FROM public.gate")
    }

    fn execute(&self, sql: &str) -> Result<(), String> {
        self.stage.database.look(|client| {
            let done = client.batch_execute(sql);
            done.map_err(|error| format!("{sql}: {error:?}"))
        })
    }

    /// Before a baseline: makes by other means what it will record.
    fn by_hand(&mut self, run: Run, end: u64) -> Result<bool, String> {
        let list = self.history.list(run.program);
        let mut state = self.possible.first().unwrap().clone();
        let file = |version, edition| self.history.file(version, edition);
        let plan = plan(&state, list, &file, run.verb, run.way);
        if plan.is_none() || state.is_interrupted() {
            return Ok(false);
        }
        let mut client = self.stage.database.connect();
        let changes = list.changes.iter().filter(|change| change.version <= end);
        for change in changes.filter(|change| !state.rows.contains_key(&change.version)) {
            let gate = format!("DELETE FROM public.gate WHERE version = {}", change.version);
            let texts = change.up.iter().flat_map(by_hand);
            let all = [gate].into_iter().chain(texts);
            for sql in all.chain(["RESET search_path".to_owned()]) {
                let done = client.batch_execute(&sql);
                done.map_err(|error| format!("by hand, {sql}: {error:?}"))?;
            }
            self.shut.remove(&change.version);
        }
        drop(client);
        let all = self.possible.iter().map(|before| {
            state = before.clone();
            for change in list.changes.iter().filter(|change| change.version <= end) {
                if !before.rows.contains_key(&change.version) {
                    let commits = change.up.iter().flat_map(|statement| &statement.commits);
                    commits.for_each(|effects| state.apply(effects));
                }
            }
            state.clone()
        });
        self.possible = all.collect();
        Ok(true)
    }

    /// Runs an act, and says where the database can be then.
    fn act(&mut self, act: &Act, name: &str) -> Result<Vec<Ended>, String> {
        let first = act.runs[0];
        let stops = self.possible.iter();
        let stops = stops.map(|it| follow(self.history, it, first, &self.shut).stops);
        let stops: Vec<_> = stops.collect();
        let requests = 4 + stops.iter().map(BTreeSet::len).max().unwrap_or(0);
        let aim = act.blow.filter(|blow| blow.is_aimed());
        let aim = aim.and_then(|_| stops.iter().flatten().find_map(|it| self.delicate(it)));
        let Performed { ended, fell } = self.stage.perform(act, requests, aim);
        self.mix.programs += act.runs.len();
        self.mix.most_programs = self.mix.most_programs.max(act.runs.len());
        let struck = act.blow.filter(|_| fell).map(|blow| blow.fault);
        self.tell(act, &ended, struck, name);
        self.note(act, struck);
        let look = || {
            self.stage.database.look(|client| {
                Database::settle(client)?;
                Seen::look(client).map_err(|error| format!("{name}: {error:?}"))
            })
        };
        // A restart that comes when the last run has ended takes this connection, too.
        let seen = look().or_else(|_| look())?;
        for ended in &ended {
            if !ended.left.is_empty() && !is_known_to_leave(ended) {
                return Err(format!("{name}: {}", ended.left));
            }
        }
        let before = std::mem::take(&mut self.possible);
        let parts = Self::parts(act, struck);
        let allowed = reached(self.history, &before, &parts, &self.shut, &seen);
        let fits = |state: &&State| state.differs(&seen).is_empty();
        self.possible = allowed.iter().filter(fits).cloned().collect();
        if self.possible.iter().any(State::is_detaching) {
            self.mix.note("a detach left pending");
        }
        if self.possible.is_empty() {
            let nearest = allowed.iter().map(|state| state.differs(&seen));
            let nearest = nearest.min_by_key(String::len).unwrap_or_default();
            return Err(format!(
                "{name}: the database is nowhere it may be\n{nearest}"
            ));
        }
        let first = |state| follow(self.history, state, act.runs[0], &self.shut);
        let courses: Vec<_> = before.iter().map(first).collect();
        ends::check(act, &ended, struck, &courses, &self.possible)
            .map_err(|what| format!("{name}: {what}"))?;
        Ok(ended)
    }

    /// The statement that has begun, where it needs more than to go on.
    fn delicate(&self, state: &State) -> Option<String> {
        state.rows.iter().find_map(|(version, row)| {
            let (at, is_up, edition) = match row {
                Row::Up(at) => (at, true, 0),
                Row::Down { edition, at } => (at, false, *edition),
                Row::Applied { .. } => return None,
            };
            let change = self.history.file(*version, edition);
            let statements = if is_up { &change.up } else { &change.down };
            let statement = Change::delicate(statements, at.done).filter(|_| at.begun);
            statement.map(|it| it.sql.clone())
        })
    }

    fn tell(&mut self, act: &Act, ended: &[Ended], struck: Option<Fault>, name: &str) {
        for (run, ended) in act.runs.iter().zip(ended) {
            let how = match &ended.steps {
                Some(steps) => format!("ok, {steps:?}"),
                None => ended.error.replace('\n', "\n      "),
            };
            self.log
                .push(format!("  {name}, {struck:?}: {run:?}\n      {how}"));
        }
    }

    fn note(&mut self, act: &Act, struck: Option<Fault>) {
        for run in &act.runs {
            self.mix.note(run.verb.name());
            self.is_plain &= run.verb.is_upward() || run.verb.only_reads();
        }
        if act.runs.len() > 1 {
            self.mix.note("several programs");
        }
        if let Some(fault) = struck {
            self.mix.note("a fault");
            self.mix.note(fault.name());
        }
    }

    fn parts(act: &Act, struck: Option<Fault>) -> Vec<Part> {
        let harms_all = struck.is_some_and(Fault::harms_all);
        let mut parts = Vec::new();
        for (index, run) in act.runs.iter().enumerate() {
            let is_struck = struck.is_some() && (index == 0 || harms_all);
            let part = Part {
                run: *run,
                is_struck,
                may_step_back: act.runs.len() > 1 && run.verb.is_backward(),
            };
            parts.push(part);
            // One that survives gives way to others meanwhile, and goes on.
            if is_struck && run.way == Way::Watched && act.runs.len() > 1 {
                parts.push(part);
            }
        }
        parts
    }

    /// The newest program again and again, and what its errors say, until all is applied.
    fn converge(&mut self) -> Result<(), String> {
        let mut verb = Verb::Up;
        for round in 1..=ROUNDS {
            let run = Run {
                program: Program::Newer,
                verb,
                way: Way::Borrowed,
            };
            let act = Act {
                runs: vec![run],
                blow: None,
            };
            let ended = self.act(&act, &format!("round {round}"))?.remove(0);
            if ended.steps.is_some() {
                if verb == Verb::Up {
                    return self.is_there();
                }
                verb = Verb::Up;
                continue;
            }
            if is_decision(&ended.error) {
                let possible = &self.possible;
                self.possible = decide(self.history, self.stage.database, &ended.error, possible)?;
                self.mix.decided += 1;
                self.mix.note("a person's decision");
                continue;
            }
            if is_pending(&ended.error) {
                let possible = &self.possible;
                self.possible = finalize(self.history, self.stage.database, possible)?;
                self.mix.decided += 1;
                self.mix.note("a person's decision");
                continue;
            }
            let state = self.possible.first().unwrap();
            verb = advised(&self.history.lists[1], state).ok_or_else(|| {
                let error = &ended.error;
                format!("round {round}: nothing can be done about {error}")
            })?;
            self.is_plain &= verb.is_upward();
        }
        Err(format!("not at an end after {ROUNDS} rounds"))
    }

    /// Whether all of the newest list is applied.
    fn is_there(&self) -> Result<(), String> {
        let list = &self.history.lists[1];
        let is_applied = |state: &State| {
            let mut all = list.changes.iter();
            all.all(|change| {
                let edition = change.edition;
                state.rows.get(&change.version) == Some(&Row::Applied { edition })
            }) && list
                .repeatables
                .iter()
                .all(|(name, edition)| state.repeated.get(name) == Some(edition))
        };
        if self.possible.iter().all(is_applied) {
            return Ok(());
        }
        Err(format!("`up` is content with {:?}", self.possible))
    }
}
