//! Where a database may be after programs ran at the same time, one after the other as the lock
//! has them, each to its end or to where it was struck.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::history::{History, Run};
use crate::predict::{Course, course};
use crate::state::{Seen, State};

/// A program of an act.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Part {
    pub(crate) run: Run,
    /// Whether it may have been interrupted anywhere.
    pub(crate) is_struck: bool,
    /// Whether it may have stepped back, since another one changed what it had seen.
    pub(crate) may_step_back: bool,
}

/// Every state in which `parts` may leave a database that was in one of `before`, less those that
/// have more in the ledger or among the events than was `seen`: both only grow. Without those nothing
/// may be left, and then they are returned.
pub(crate) fn reached(
    history: &History,
    before: &BTreeSet<State>,
    parts: &[Part],
    shut: &BTreeSet<u64>,
    seen: &Seen,
) -> BTreeSet<State> {
    let mut parts: Vec<Part> = parts.to_vec();
    parts.sort();
    let mut states = States::default();
    let mut open: Vec<(usize, u64)> = before
        .iter()
        .map(|state| (states.number(state), (1 << parts.len()) - 1))
        .collect();
    let (mut ends, mut been, mut beyond) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    // Most orders come by the same states.
    let mut known = BTreeMap::<(usize, Part), Vec<usize>>::new();
    while let Some((at, left)) = open.pop() {
        if !been.insert((at, left)) {
            continue;
        }
        if left == 0 {
            ends.insert(at);
            continue;
        }
        let is_left = |place: usize| left & (1 << place) != 0;
        for (place, part) in parts
            .iter()
            .enumerate()
            .filter(|(place, _)| is_left(*place))
        {
            // Of some that are alike the first stands for all.
            if place > 0 && is_left(place - 1) && parts[place - 1] == *part {
                continue;
            }
            let next = known.entry((at, *part)).or_insert_with(|| {
                let state = Rc::clone(&states.all[at]);
                let course = follow(history, &state, part.run, shut);
                let mut next = course.ends;
                if part.is_struck {
                    next.extend(course.stops);
                }
                if part.may_step_back {
                    next.insert((*state).clone());
                }
                next.iter().map(|state| states.number(state)).collect()
            });
            let rest = left & !(1 << place);
            for state in next {
                if rest == 0 || !states.exceeds(*state, seen) {
                    open.push((*state, rest));
                } else {
                    beyond.insert(*state);
                }
            }
        }
    }
    // A divergence is explained by what came nearest.
    let reached = if ends.is_empty() { beyond } else { ends };
    let reached = reached.into_iter();
    reached.map(|it| (*states.all[it]).clone()).collect()
}

/// States by number: they take long to compare.
#[derive(Default)]
struct States {
    numbers: BTreeMap<Rc<State>, usize>,
    all: Vec<Rc<State>>,
    exceeds: Vec<Option<bool>>,
}

impl States {
    fn number(&mut self, state: &State) -> usize {
        if let Some(number) = self.numbers.get(state) {
            return *number;
        }
        let (state, number) = (Rc::new(state.clone()), self.all.len());
        self.numbers.insert(Rc::clone(&state), number);
        self.all.push(state);
        self.exceeds.push(None);
        number
    }

    fn exceeds(&mut self, number: usize, seen: &Seen) -> bool {
        let state = &self.all[number];
        *self.exceeds[number].get_or_insert_with(|| state.exceeds(seen))
    }
}

/// What one run does.
pub(crate) fn follow(history: &History, state: &State, run: Run, shut: &BTreeSet<u64>) -> Course {
    course(
        state,
        history.list(run.program),
        &|version, edition| history.file(version, edition),
        (run.verb, run.way),
        shut,
    )
}
