//! The program's list against the history: a pure function that finds all faults.

use crate::embedded::{Migration, Migrations, Mode};
use crate::finding::{Fault, Finding};
use crate::history::{self, History, Past, Recorded, RowState};
use crate::messages;
use crate::plan::undone;
use crate::step::{Direction, Goal};

/// Every fault that is in the way of the goal, in order of version.
pub(crate) fn faults(
    migrations: &Migrations<'_>,
    past: &Past,
    goal: Goal,
    history: &History,
) -> Vec<Finding> {
    let undone = undone(goal, &past.rows);
    let is_redo = matches!(goal, Goal::Redo(_) | Goal::RedoFrom(_));
    let is_undone = |version| undone.iter().any(|row| row.version == version);
    // Whether the goal is a way on for an interrupted version, or has nothing to do with it.
    let goes_on = |version| {
        let Some(row) = history::row(&past.rows, version) else {
            return false;
        };
        let known = migrations.find(version);
        let is_known_up = known.as_ref().is_some_and(|it| goes_up(row, it));
        let goes_back = row.state == RowState::RollingBack && row.down_mode == Mode::NoTransaction;
        match goal {
            Goal::Down(_) | Goal::DownTo(_) => goes_back,
            // What is not rolled back now, or cannot be applied again, stays as it is.
            Goal::Redo(_) | Goal::RedoFrom(_) => goes_back && is_undone(version) && known.is_some(),
            // One that was left out before it may be what `up` waits for.
            Goal::Only(only) => version > only || version == only && is_known_up,
            Goal::Baseline(newest) => version > newest,
            // A corrected way back takes the place of one that has not begun.
            Goal::Repair(repaired) if version == repaired => {
                let differs = known.is_some_and(|it| !row.differences(&it).is_empty());
                goes_back && row.is_untouched() && differs
            }
            // They look at the others only.
            Goal::Repair(_) | Goal::Verify => true,
            Goal::All | Goal::To(_) | Goal::Steps(_) => is_known_up,
        }
    };
    let is_in_the_way = |finding: &Finding| match (goal, &finding.fault) {
        (_, Fault::Interrupted { .. }) => !finding.version.is_some_and(goes_on),
        (Goal::Down(_) | Goal::DownTo(_) | Goal::Repair(_), _)
        | (Goal::Only(_), Fault::OutOfOrder(_)) => false,
        // The stored script is what runs on the way down.
        (_, Fault::Changed(_)) if is_redo => !finding.version.is_some_and(is_undone),
        (Goal::Baseline(baseline), Fault::OutOfOrder(_)) => finding.version > Some(baseline),
        _ => true,
    };
    let mut findings = all(migrations, &past.rows, history);
    findings.retain(is_in_the_way);
    // What is to be applied again has to be there.
    for finding in findings
        .iter_mut()
        .filter(|it| is_redo && it.fault == Fault::Newer)
    {
        finding.fault = Fault::Missing;
    }
    findings.extend(undone.into_iter().filter_map(|row| {
        let reason = row.way_back(migrations).err()?;
        Some(Finding::new(
            row.version,
            &row.label,
            Fault::Irreversible(reason),
        ))
    }));
    findings.sort_by_key(|finding| finding.version);
    findings
}

fn all(migrations: &Migrations<'_>, rows: &[Recorded], history: &History) -> Vec<Finding> {
    let of_row = |row: &Recorded| {
        let embedded = migrations.find(row.version);
        let fault = interrupted(row, embedded.as_ref(), history).or_else(|| match &embedded {
            Some(migration) => Some(row.differences(migration))
                .filter(|it| !it.is_empty())
                .map(Fault::Changed),
            None if Some(row.version) > migrations.newest() => Some(Fault::Newer),
            None => Some(Fault::Missing),
        });
        // What is interrupted is the file that began, which may have another number by now.
        let is_other = |m: &&Migration<'_>| !row.is_applied() && !row.was_applied_from(&m.up);
        let known = embedded.as_ref().filter(|m| !is_other(m));
        let label = known.map_or(&*row.label, |migration| migration.label);
        fault.map(|fault| Finding::new(row.version, label, fault))
    };
    let mut findings: Vec<Finding> = rows.iter().filter_map(of_row).collect();
    if let Some(newest) = rows.last() {
        let unapplied = migrations.iter().filter(|migration| {
            migration.version < newest.version && history::row(rows, migration.version).is_none()
        });
        findings.extend(unapplied.map(|migration| {
            let fault = Fault::OutOfOrder(newest.label.clone());
            Finding::new(migration.version, migration.label, fault)
        }));
    }
    findings
}

/// Whether `up` goes on with it: with the same statements, or with others where none has run.
fn goes_up(row: &Recorded, known: &Migration<'_>) -> bool {
    // A transaction that is interrupted has been ended by its own code.
    let is_apart = row.state == RowState::Applying && known.up.mode == Mode::NoTransaction;
    is_apart && row.was_applied_from(&known.up) || row.is_replaced_by(known)
}

fn interrupted(row: &Recorded, known: Option<&Migration<'_>>, history: &History) -> Option<Fault> {
    let direction = match row.state {
        RowState::Applied => return None,
        RowState::Applying => Direction::Up,
        RowState::RollingBack => Direction::Down,
    };
    let way = match (direction, known) {
        (Direction::Down, _) if row.down_mode == Mode::NoTransaction => messages::way_down(),
        (Direction::Up, Some(known)) if goes_up(row, known) => messages::way_up(row.version),
        (Direction::Up, None) => messages::way_up_unknown(row.version),
        (Direction::Up, Some(known)) if !row.was_applied_from(&known.up) => {
            messages::way_up_changed(row.version)
        }
        _ => messages::way_by_hand(),
    };
    let (done, total) = (row.statements_done, row.statements_total);
    let statement = row.next_statement.as_ref();
    let statement = statement.map_or_else(String::new, |text| format!(" ({text})"));
    let rest = match &row.next_statement {
        _ if done >= total => messages::none_left(),
        _ if row.is_untouched() => messages::all_left(total),
        Some(_) if !row.has_begun => messages::next_left(done + 1, &statement, total),
        _ => messages::some_left(done + 1, &statement, total),
    };
    let undo = if done < total && row.is_untouched() {
        messages::undo_nothing()
    } else {
        messages::undo()
    };
    let template = match direction {
        Direction::Up => include_str!("recovery/by_hand_up.txt"),
        Direction::Down => include_str!("recovery/by_hand_down.txt"),
    };
    let (version, attempt) = (row.version.to_string(), row.attempt.to_string());
    let values = [
        ("way", &*way),
        ("rest", &*rest),
        ("undo", &*undo),
        ("version", &*version),
        ("attempt", &*attempt),
    ];
    let recipe = history.fill(template.trim_end(), &values);
    Some(Fault::Interrupted {
        direction,
        done,
        total,
        recipe,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::{list, past};

    fn found(migrations: &str, rows: &str, goal: Goal) -> String {
        let history = History::new("public", "pgstrata_history");
        let all = faults(list(migrations), &past(rows), goal, &history);
        let words = all.iter().map(|it| {
            let what = match &it.fault {
                Fault::Changed(directions) => format!("changed {directions:?}"),
                Fault::OutOfOrder(newest) => format!("before {newest}"),
                Fault::Interrupted {
                    direction, done, ..
                } => format!("{direction:?} behind {done}"),
                other => format!("{other:?}"),
            };
            format!("{}: {what}", it.version.unwrap_or_default())
        });
        words.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn every_fault_is_found_in_order() {
        let is = |rows, faults| assert_eq!(found("1 2 3", rows, Goal::All), faults, "{rows}");
        is("", "");
        is("1 2 3", "");
        is("1*", "1: changed [Up]");
        is("1 3", "2: before 0003");
        is("1 2 3 9", "9: Newer");
        is("1 2 2 3", "");
        is(
            "0 1 2* 9",
            "0: Missing; 2: changed [Up]; 3: before 0009; 9: Newer",
        );
    }

    /// `docs/interrupted.md` has the same with all that is said.
    #[test]
    fn goals_go_on_with_what_is_interrupted() {
        let is =
            |rows, goal, faults| assert_eq!(found("1 2n", rows, goal), faults, "{rows} {goal:?}");
        is("1 2un", Goal::All, "");
        is("1 2dn", Goal::All, "2: Down behind 1");
        is("1 2un", Goal::Down(1), "2: Up behind 1");
        is("1 2dn", Goal::Down(1), "");
        is("1 2un*", Goal::All, "2: Up behind 1");
        is("1 2un0*", Goal::All, "");
        is("1 2un", Goal::Baseline(1), "");
        is("1 2un", Goal::Baseline(2), "2: Up behind 1");
        is("1 2un", Goal::Repair(1), "");
        is("1 2un", Goal::Only(1), "");
    }

    #[test]
    fn what_cannot_be_undone_is_said_before() {
        let is = |goal, faults| assert_eq!(found("1 2x 3", "1 2 3", goal), faults, "{goal:?}");
        is(Goal::Down(1), "");
        is(Goal::Down(2), "2: Irreversible(\"data is gone\")");
        is(Goal::All, "");
        // It cannot be applied again, since this program does not have it.
        assert_eq!(found("1 2", "1 2 3", Goal::Redo(1)), "3: Missing");
        assert_eq!(found("1 2", "1 2 3", Goal::Down(1)), "");
    }
}
