//! Where a database may be after programs ran at the same time, one after the other as the lock
//! has them, each to its end or to where it was struck.

use std::collections::BTreeSet;

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
    let mut left: Vec<Part> = parts.to_vec();
    left.sort();
    let (mut ends, mut been, mut beyond) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let start = |state: &State| (state.clone(), left.clone());
    let mut open: Vec<_> = before.iter().map(start).collect();
    while let Some((state, left)) = open.pop() {
        if !been.insert((state.clone(), left.clone())) {
            continue;
        }
        if left.is_empty() {
            ends.insert(state);
            continue;
        }
        for (place, part) in left.iter().enumerate() {
            if place > 0 && left[place - 1] == *part {
                continue;
            }
            let mut rest = left.clone();
            rest.remove(place);
            let course = follow(history, &state, part.run, shut);
            let mut next = course.ends;
            if part.is_struck {
                next.extend(course.stops);
            }
            if part.may_step_back {
                next.insert(state.clone());
            }
            for state in next {
                if rest.is_empty() || !state.exceeds(seen) {
                    open.push((state, rest.clone()));
                } else {
                    beyond.insert(state);
                }
            }
        }
    }
    // A divergence is explained by what came nearest.
    if ends.is_empty() { beyond } else { ends }
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
