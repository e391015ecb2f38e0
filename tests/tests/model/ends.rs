//! Whether programs ended as they had to, by what the database came to.

use std::collections::BTreeSet;

use crate::fault::Fault;
use crate::history::{Act, Run};
use crate::predict::Course;
use crate::program::Ended;
use crate::state::State;
use crate::verb::{Verb, Way};

/// `courses` are those of the first program, from each state in which the database may have been;
/// `after` are the states in which it may be now.
pub(crate) fn check(
    act: &Act,
    ended: &[Ended],
    struck: Option<Fault>,
    courses: &[Course],
    after: &BTreeSet<State>,
) -> Result<(), String> {
    let first = &ended[0];
    match (act.runs.len(), struck) {
        (1, None) => alone(first, courses),
        (1, Some(_)) => {
            let is_whole = |state: &State| courses.iter().any(|it| it.ends.contains(state));
            if first.steps.is_some() && !after.iter().any(is_whole) {
                return Err("it says that all is done, and it is not".to_owned());
            }
            Ok(())
        }
        _ => together(act, ended, struck, courses),
    }
}

/// One program that nothing disturbed.
fn alone(ended: &Ended, courses: &[Course]) -> Result<(), String> {
    let is_all = |expected: bool| courses.iter().all(|it| it.succeeds == Some(expected));
    match &ended.steps {
        None if is_all(true) => Err(format!("it failed, and had to succeed: {}", ended.error)),
        Some(_) if is_all(false) => Err("it succeeded, and had to fail".to_owned()),
        Some(steps) if courses.iter().all(|it| it.steps != *steps) => {
            let expected = &courses[0].steps;
            Err(format!("it did {steps:?}, and had to do {expected:?}"))
        }
        _ => Ok(()),
    }
}

/// Of several that apply, no two do the same, and none fails that need not.
fn together(
    act: &Act,
    ended: &[Ended],
    struck: Option<Fault>,
    courses: &[Course],
) -> Result<(), String> {
    if !act.runs.iter().all(|run| run.verb.is_upward()) {
        return Ok(());
    }
    // Who lost a connection finds a step done, and cannot tell by whom.
    let is_sure = |run: &Run| struck.is_none() || run.way != Way::Watched;
    let sure = act.runs.iter().zip(ended).filter(|(run, _)| is_sure(run));
    let mut all: Vec<&String> = sure
        .filter_map(|(_, it)| it.steps.as_ref())
        .flatten()
        // Programs of two versions may replace each other's repeatables.
        .filter(|step| !step.starts_with("Repeat"))
        .collect();
    all.sort();
    let twice = all.windows(2).find(|pair| pair[0] == pair[1]);
    if let Some([twice, _]) = twice {
        return Err(format!("two programs say that they did {twice}"));
    }
    let is_alike = act.runs.iter().all(|run| {
        let is_plain = run.verb == Verb::Up && run.way != Way::SingleTransaction;
        is_plain && run.program == act.runs[0].program
    });
    let succeeds = courses.iter().all(|it| it.succeeds == Some(true));
    match ended.iter().find(|it| it.steps.is_none()) {
        Some(failed) if is_alike && succeeds && struck.is_none() => Err(format!(
            "a program failed that had to succeed: {}",
            failed.error
        )),
        _ => Ok(()),
    }
}
