//! What a run would do, as a pure function of the program's list and the history.

use crate::embedded::{Contract, Migration, Migrations, Phase, Repeatable, Script};
use crate::history::{self, Past, Recorded};
use crate::step::{Action, Goal, HeldBack, Plan, Step, Waiting};

/// The rows that the goal rolls back, newest first.
pub(crate) fn undone(goal: Goal, rows: &[Recorded]) -> Vec<&Recorded> {
    let newest = rows.iter().rev();
    match goal {
        Goal::Down(steps) | Goal::Redo(steps) => newest.take(steps).collect(),
        Goal::DownTo(version) => newest.take_while(|row| row.version > version).collect(),
        Goal::RedoFrom(version) => newest.take_while(|row| row.version >= version).collect(),
        _ => Vec::new(),
    }
}

/// Down first, then up, then what is repeated.
pub(crate) fn plan(migrations: &Migrations<'_>, past: &Past, goal: Goal) -> Plan {
    let undone = undone(goal, &past.rows);
    let row = |version| history::row(&past.rows, version);
    let is_pending = |m: &Migration<'_>| row(m.version).is_none_or(|row| !row.is_applied());
    let is_wanted = |m: &Migration<'_>| match goal {
        Goal::All | Goal::Steps(_) => is_pending(m),
        Goal::To(version) | Goal::Baseline(version) => is_pending(m) && m.version <= version,
        Goal::Only(version) => is_pending(m) && m.version == version,
        Goal::Redo(_) | Goal::RedoFrom(_) => undone.iter().any(|row| row.version == m.version),
        Goal::Repair(version) => {
            m.version == version && row(version).is_some_and(|row| !row.differences(m).is_empty())
        }
        Goal::Verify => m.verify.is_some() && !is_pending(m),
        Goal::Down(_) | Goal::DownTo(_) => false,
    };
    let most = if let Goal::Steps(steps) = goal {
        steps
    } else {
        usize::MAX
    };
    let wanted = migrations.iter().filter(is_wanted).take(most);
    let action = match goal {
        Goal::Baseline(_) => Action::Baseline,
        Goal::Repair(_) => Action::Repair,
        Goal::Verify => Action::Verify,
        _ => Action::Apply,
    };
    let down = undone.iter().map(|row| {
        let own = row.way_back(migrations).ok().flatten();
        let own = own.map(|it| {
            (
                it.mode,
                it.packed.len(),
                it.code.map(|it| it.path.to_owned()),
            )
        });
        let stored = || (row.down_mode, row.down_statements, row.down_code.clone());
        let (mode, statements, code) = own.unwrap_or_else(stored);
        Step {
            mode,
            statements,
            code,
            ..step(
                Action::RollBack,
                Some(row.version),
                // What the program calls it: whoever may write to the history may rename a row.
                migrations
                    .find(row.version)
                    .map_or(&row.label, |it| it.label),
                &Script::EMPTY,
                Some(row),
            )
        }
    });
    let is_redo = matches!(goal, Goal::Redo(_) | Goal::RedoFrom(_));
    let up = wanted.map(|m| {
        // What is rolled back before is applied afresh.
        let row = row(m.version).filter(|_| !is_redo);
        let is_untouched = row.is_some_and(|row| match action {
            Action::Repair => row.is_untouched(),
            _ => row.is_replaced_by(&m),
        });
        let step = step(action, Some(m.version), m.label, &m.up, row);
        Step {
            is_resumed: step.is_resumed && !is_untouched,
            is_untouched,
            ..step
        }
    });
    let mut steps: Vec<Step> = down.chain(up).collect();
    let is_upward = matches!(
        goal,
        Goal::All | Goal::To(_) | Goal::Steps(_) | Goal::Only(_)
    );
    let is_whole = migrations.iter().filter(is_pending).count() == steps.len();
    let is_newest = past
        .rows
        .last()
        .is_none_or(|row| Some(row.version) <= migrations.newest());
    if is_upward && is_whole && is_newest {
        steps.extend(repeats(migrations, past));
    }
    Plan {
        steps,
        held_back: None,
    }
}

/// A step as the program and the row have it.
fn step(
    action: Action,
    version: Option<u64>,
    label: &str,
    script: &Script<'_>,
    row: Option<&Recorded>,
) -> Step {
    Step {
        action,
        version,
        label: label.to_owned(),
        mode: script.mode,
        statements: script.packed.len(),
        code: script
            .code
            .filter(|_| action == Action::Apply)
            .map(|code| code.path.to_owned()),
        sql: None,
        stored_sha256: None,
        skipped: Vec::new(),
        attempt: row.map_or(0, |row| row.attempt),
        duration: None,
        unconfirmed: false,
        is_resumed: row.is_some_and(|row| !row.is_applied()),
        is_untouched: false,
    }
}

/// Whether a repeatable is applied as the list has it.
pub(crate) fn is_repeated(migrations: &Migrations<'_>, past: &Past, label: &str) -> bool {
    let is_listed = migrations.repeatables.iter().any(|it| it.name == label);
    is_listed && !repeats(migrations, past).any(|step| step.label == label)
}

/// The repeatables that are new or have changed, in the order of the list.
pub(crate) fn repeats(migrations: &Migrations<'_>, past: &Past) -> impl Iterator<Item = Step> {
    let is_due = |it: &&Repeatable<'_>| {
        let row = repeated(past, it.name);
        !row.is_some_and(|row| row.is_applied() && row.was_applied_from(&it.script))
    };
    let due = migrations.repeatables.iter().filter(is_due);
    due.map(|it| repeat(it, past))
}

/// The step that applies a repeatable, also again.
pub(crate) fn repeat(repeatable: &Repeatable<'_>, past: &Past) -> Step {
    let Repeatable { name, script } = repeatable;
    step(Action::Repeat, None, name, script, repeated(past, name))
}

fn repeated<'p>(past: &'p Past, name: &str) -> Option<&'p Recorded> {
    past.repeated.iter().find(|row| row.label == name)
}

impl Plan {
    /// Takes out the first contract step whose expand step this same list applies or has applied,
    /// or that is too young, and all after it: what it requires, or any expansion before it where
    /// it requires no version. What an earlier run began goes on.
    pub(crate) fn hold_back(&mut self, migrations: &Migrations<'_>, past: &Past) {
        let Contract::NextRelease { after } = migrations.contract else {
            return;
        };
        let is_applied = |step: &&Step| step.action == Action::Apply;
        let applied: Vec<u64> = self
            .steps
            .iter()
            .filter(is_applied)
            .filter_map(|step| step.version)
            .collect();
        let why = |expand: Migration<'_>| {
            let expand_label = expand.label.to_owned();
            let row = history::row(&past.rows, expand.version);
            let cause = match row {
                _ if applied.binary_search(&expand.version).is_ok() => Waiting::Expanded,
                Some(row) if row.is_by_this_list => Waiting::SameList,
                Some(row) if row.age < after => Waiting::Young(after.saturating_sub(row.age)),
                _ => return None,
            };
            Some((expand_label, cause))
        };
        let found = self.steps.iter().enumerate().find_map(|(index, step)| {
            let contract = migrations.find(step.version?)?;
            let may_wait = step.action == Action::Apply && !step.is_resumed;
            let is_contract = may_wait && contract.phase == Some(Phase::Contract);
            let mut expands = is_contract.then(|| migrations.expands(&contract))?;
            Some((index, expands.find_map(why)?))
        });
        if let Some((index, (expand, waiting))) = found {
            self.held_back = Some(HeldBack {
                steps: self.steps.split_off(index),
                expand,
                waiting,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given;
    use crate::history::RowState;

    fn planned(migrations: &str, rows: &str, goal: Goal) -> String {
        let plan = plan(given::list(migrations), &given::past(rows), goal);
        said(&plan.steps)
    }

    fn said(steps: &[Step]) -> String {
        let words = steps.iter().map(|step| {
            let name = step.label.trim_start_matches('0');
            format!("{} {name}", step.action.words()[0])
        });
        words.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn goals_become_steps() {
        let is =
            |rows, goal, steps| assert_eq!(planned("1 2 3 view", rows, goal), steps, "{goal:?}");
        is("", Goal::All, "apply 1, apply 2, apply 3, repeat view");
        is("1 view", Goal::All, "apply 2, apply 3");
        is("1 2 3 view*", Goal::All, "repeat view");
        is("1 2 3 view", Goal::All, "");
        is("1", Goal::To(2), "apply 2");
        is("1 2 3 view", Goal::To(2), "");
        is("", Goal::Steps(1), "apply 1");
        is("1 2", Goal::Only(3), "apply 3, repeat view");
        is("1 2 3 view*", Goal::Down(2), "roll back 3, roll back 2");
        is(
            "1 2 3 view",
            Goal::Down(9),
            "roll back 3, roll back 2, roll back 1",
        );
        is("1 2 3 view", Goal::DownTo(2), "roll back 3");
        is("1 2 3 view*", Goal::Redo(1), "roll back 3, apply 3");
        is(
            "1 2 3 view",
            Goal::RedoFrom(2),
            "roll back 3, roll back 2, apply 2, apply 3",
        );
        is("1", Goal::Baseline(2), "baseline 2");
        is("1 2* 3", Goal::Repair(2), "repair 2");
        is("1 2 3", Goal::Repair(2), "");
    }

    /// What a newer program has applied is newer than all views of this one.
    #[test]
    fn views_wait_for_all_that_they_may_need() {
        assert_eq!(planned("1 2 view", "1 2 9", Goal::All), "");
        assert_eq!(planned("1 2 view", "", Goal::To(1)), "apply 1");
        assert_eq!(planned("1 2v view", "1 2", Goal::Verify), "verify 2");
    }

    #[test]
    fn what_was_begun_goes_on() {
        let plan = plan(given::list("1 2n 3"), &given::past("1 2un"), Goal::All);
        assert_eq!(said(&plan.steps), "apply 2, apply 3");
        assert!(plan.steps[0].is_resumed && !plan.steps[0].is_untouched);
        // Nothing of the other file has run.
        let plan = super::plan(given::list("1 2n 3"), &given::past("1 2un0*"), Goal::All);
        assert!(!plan.steps[0].is_resumed && plan.steps[0].is_untouched);
    }

    #[test]
    fn a_contract_step_waits_and_all_behind_it() {
        let held = |migrations, rows| {
            let (list, past) = (given::list(migrations), given::past(rows));
            let mut plan = plan(list, &past, Goal::All);
            plan.hold_back(list, &past);
            let held = plan.held_back.map_or_else(Vec::new, |held| held.steps);
            [said(&plan.steps), said(&held)]
        };
        assert_eq!(held("1 2e 3c 4", "1"), ["apply 2", "apply 3, apply 4"]);
        assert_eq!(held("1 2e 3c 4", "1 2s"), ["", "apply 3, apply 4"]);
        assert_eq!(held("1 2e 3c 4", "1 2"), ["apply 3, apply 4", ""]);
        assert_eq!(held("1 2e 3nc 4", "1 2s 3un"), ["apply 3, apply 4", ""]);
        assert_eq!(held("1 2 3c", "1s 2s"), ["apply 3", ""]);
    }

    /// What the history is once all of a plan is done.
    fn done(past: &mut Past, steps: &[Step], list: &Migrations<'_>) {
        for step in steps {
            let version = step.version.unwrap();
            past.rows.retain(|row| row.version != version);
            if step.action != Action::RollBack {
                assert!(
                    list.find(version).is_some(),
                    "applied what it does not have"
                );
                past.rows.extend(given::past(&version.to_string()).rows);
                past.rows.sort_by_key(|row| row.version);
            }
        }
    }

    /// Over all histories of three versions, of which the list has the first two, and none to three rows
    /// are interrupted or of another file.
    #[test]
    fn a_goal_that_is_reached_has_nothing_to_do() {
        let list = given::list("1 2n");
        let states = |version: u32| {
            ["", "{}", "{}un", "{}dn", "{}*"].map(|it| it.replace("{}", &version.to_string()))
        };
        let goals = [
            Goal::All,
            Goal::To(1),
            Goal::DownTo(1),
            Goal::DownTo(0),
            Goal::Baseline(2),
            Goal::Repair(1),
        ];
        let mut seen = 0;
        for (one, two, three) in states(1).iter().flat_map(|one| {
            states(2)
                .into_iter()
                .flat_map(move |two| states(9).map(|three| (one, two.clone(), three)))
        }) {
            for goal in goals {
                let mut past = given::past(&format!("{one} {two} {three}"));
                let first = plan(list, &past, goal).steps;
                let is_twice =
                    |step: &Step| first.iter().filter(|it| it.version == step.version).count() > 1;
                assert!(!first.iter().any(is_twice), "{one} {two} {three} {goal:?}");
                done(&mut past, &first, list);
                assert!(past.rows.is_sorted_by_key(|row| row.version));
                assert_eq!(
                    said(&plan(list, &past, goal).steps),
                    "",
                    "{one} {two} {three} {goal:?}"
                );
                let is_left = |row: &Recorded| {
                    row.state != RowState::Applied && list.find(row.version).is_some()
                };
                assert!(goal != Goal::All || !past.rows.iter().any(is_left));
                seen += 1;
            }
        }
        assert_eq!(seen, 125 * goals.len());
    }
}
