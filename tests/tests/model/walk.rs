//! One step of a run, commit by commit: each is a place where it can be interrupted.

use std::collections::BTreeSet;

use crate::change::{Change, Effect, Kind, Statement};
use crate::state::{Place, Row, State};

/// Through one step, noting where it can be interrupted.
pub(crate) struct Walk<'w> {
    pub(crate) state: &'w mut State,
    pub(crate) stops: &'w mut BTreeSet<State>,
    /// Versions whose gates are shut.
    pub(crate) shut: &'w BTreeSet<u64>,
}

impl Walk<'_> {
    fn stop(&mut self) {
        self.stops.insert(self.state.clone());
    }

    pub(crate) fn apply(&mut self, change: &Change) -> bool {
        let (version, edition) = (change.version, change.edition);
        let done = |state: &mut State| {
            state.rows.insert(version, Row::Applied { edition });
            state.tell(format!("{} applied", change.label()));
        };
        if change.is_transaction {
            if change.is_gated() && self.shut.contains(&version) {
                return false;
            }
            for statement in &change.up {
                statement.commits.iter().for_each(|it| self.state.apply(it));
            }
        } else {
            let start = match self.state.rows.get(&version) {
                Some(Row::Up(at)) => *at,
                _ => Place::default(),
            };
            self.state.rows.insert(version, Row::Up(start));
            self.stop();
            if start == Place::default() {
                // A first statement that is cancelled takes back also the claim of an earlier run.
                self.state.rows.remove(&version);
                self.stop();
                self.state.rows.insert(version, Row::Up(start));
            }
            let row = |at| Row::Up(at);
            if !self.outside(change, &change.up, start, &row) {
                // A first statement that was refused has done nothing: the claim is taken back.
                if self.state.rows.get(&version) == Some(&Row::Up(Place::default())) {
                    self.state.rows.remove(&version);
                    self.stop();
                }
                return false;
            }
        }
        done(self.state);
        self.stop();
        true
    }

    pub(crate) fn roll_back(&mut self, change: &Change) -> bool {
        let (version, edition) = (change.version, change.edition);
        let event = format!("{} rolled back", change.label());
        if change.is_transaction {
            for statement in &change.down {
                statement.commits.iter().for_each(|it| self.state.apply(it));
            }
            self.state.tell(event);
        } else {
            let start = if let Some(Row::Down { at, .. }) = self.state.rows.get(&version) {
                *at
            } else {
                self.state.tell(event);
                Place::default()
            };
            let row = |at| Row::Down { edition, at };
            self.state.rows.insert(version, row(start));
            self.stop();
            if !self.outside(change, &change.down, start, &row) {
                return false;
            }
        }
        self.state.rows.remove(&version);
        self.stop();
        true
    }

    /// The statements of a file without a transaction, from where it stands.
    fn outside(
        &mut self,
        change: &Change,
        statements: &[Statement],
        start: Place,
        row: &dyn Fn(Place) -> Row,
    ) -> bool {
        let mut at = start;
        for statement in statements.iter().skip(start.done) {
            let is_shut = statement.is_gated && self.shut.contains(&change.version);
            // One detach at a time: the server refuses another while one is pending.
            let is_detach = at.commits == 0 && statement.pending().is_some();
            let is_refused = is_detach && self.state.is_detaching();
            if is_shut || is_refused || (statement.kind == Kind::Opaque && at.begun) {
                return false;
            }
            if statement.kind == Kind::Plain {
                statement.commits.iter().for_each(|it| self.state.apply(it));
            } else {
                if statement.kind == Kind::Traced {
                    // What an earlier run left of it is taken away or kept.
                    self.rewind(change.version, statement, &mut at, row);
                }
                at.begun = true;
                self.set(change.version, row(at));
                for commit in statement.commits.iter().skip(at.commits) {
                    self.state.apply(commit);
                    at.commits += 1;
                    self.set(change.version, row(at));
                }
            }
            at = Place {
                done: at.done + 1,
                ..Place::default()
            };
            self.set(change.version, row(at));
        }
        true
    }

    /// An index that was left invalid is built again from the start.
    fn rewind(
        &mut self,
        version: u64,
        statement: &Statement,
        at: &mut Place,
        row: &dyn Fn(Place) -> Row,
    ) {
        let is_built = statement.sql.starts_with("CREATE");
        if is_built && at.commits == 1 {
            for effect in &statement.commits[0] {
                if let Effect::Add(object) = effect {
                    self.state.objects.remove(object);
                }
            }
            at.commits = 0;
            self.set(version, row(*at));
        }
    }

    fn set(&mut self, version: u64, row: Row) {
        self.state.rows.insert(version, row);
        self.stop();
    }

    pub(crate) fn repeat(&mut self, name: &str, edition: u8) {
        self.state
            .objects
            .retain(|object| !object.starts_with(&format!("view {name} ")));
        self.state.objects.insert(format!("view {name} e{edition}"));
        *self
            .state
            .ledger
            .entry(format!("{name} {edition}"))
            .or_default() += 1;
        self.state.repeated.insert(name.to_owned(), edition);
        self.state.tell(format!("{name} repeated"));
        self.stop();
    }

    pub(crate) fn note(&mut self, change: &Change, action: &str) -> bool {
        let edition = change.edition;
        self.state
            .rows
            .insert(change.version, Row::Applied { edition });
        self.state.tell(format!("{} {action}", change.label()));
        self.stop();
        true
    }
}
