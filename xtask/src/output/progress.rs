//! A run as people follow it: a bar on a terminal, a line a step everywhere.

use crate::output::plural::plural;
use crate::words::said;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pgstrata::{Action, Blocker, Event, Observer, Report};

/// How often the bar moves while a statement runs.
const TICK: Duration = Duration::from_millis(100);

/// Prints what happens.
pub(crate) struct Progress {
    bar: ProgressBar,
    quiet: bool,
}

impl Progress {
    /// Draws on standard error, where that is a terminal, and prints lines to standard
    /// output; nothing at all where `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        Self {
            bar: bar(quiet),
            quiet,
        }
    }

    /// The run has ended well.
    pub(crate) fn finished(&self, report: &Report) {
        self.bar.finish_and_clear();
        self.line(&total(report));
        if let Some(held_back) = &report.held_back {
            self.line(&said(held_back));
        }
    }

    fn line(&self, text: &str) {
        if !self.quiet {
            self.bar.suspend(|| println!("{text}"));
        }
    }
}

impl Observer for Progress {
    fn observe(&mut self, event: &Event<'_>) {
        match event {
            Event::Planned { plan } if !plan.is_empty() => {
                self.bar.set_length(plan.steps.len() as u64);
                self.bar.enable_steady_tick(TICK);
            }
            Event::WaitingForLock { holder, waited } => {
                let holder = holder.map_or_else(String::new, |holder| format!(": {holder}"));
                self.line(&format!(
                    "waiting for another run since {waited:.0?}{holder}"
                ));
            }
            Event::WaitingForHistory { blockers, waited } => {
                for blocker in *blockers {
                    self.line(&history_wait(blocker, *waited));
                }
            }
            Event::NewerDatabase { newer } => self.line(&format!(
                "the database is newer than this directory, by {}",
                newer.join(", ")
            )),
            Event::Tolerated { findings } => {
                findings
                    .iter()
                    .for_each(|finding| self.line(&format!("tolerated: {}", said(finding))));
            }
            Event::Started { step } => self.bar.set_message(step.label.clone()),
            Event::StatementFinished {
                step,
                statement,
                duration,
            } => self.line(&format!(
                "  {}: statement {statement} of {} in {duration:.1?}",
                step.label, step.statements
            )),
            Event::BatchFinished {
                step,
                statement,
                batches,
                rows,
                total,
            } => {
                let total = total
                    .map(|total| format!(" of {total}"))
                    .unwrap_or_default();
                let label = &step.label;
                self.line(&format!(
                    "  {label}: statement {statement}, batch {batches}: {rows} rows{total}"
                ));
            }
            Event::Retried {
                step,
                failed,
                pause,
                cause,
            } => {
                let cause = cause.code().map(|code| format!(", SQLSTATE {code}"));
                self.line(&format!(
                    "{}: try {failed} failed{}; trying again in {pause:.0?}",
                    step.label,
                    cause.unwrap_or_default()
                ));
            }
            Event::Blocked {
                step,
                blockers,
                waited,
            } => {
                for blocker in *blockers {
                    let label = &step.label;
                    self.line(&format!(
                        "{label}: waiting since {waited:.0?} for {blocker}"
                    ));
                }
            }
            Event::Notice { step, notice } => {
                let severity = notice.severity().to_lowercase();
                self.line(&format!(
                    "  {}: {severity}: {}",
                    step.label,
                    notice.message()
                ));
            }
            Event::Reconnecting { waited, .. } => self.line(&format!(
                "the connection was lost; connecting again, for {waited:.0?} so far"
            )),
            Event::Reconnected { step, .. } => {
                self.line(&format!("{}: connected again", step.label));
            }
            Event::NotConfirmed { step } => {
                self.line(&format!(
                    "{}: committed here, but no standby has confirmed it",
                    step.label
                ));
            }
            Event::Finished { step } => {
                self.line(&step.to_string());
                self.bar.inc(1);
            }
            Event::FinishedElsewhere { step } => {
                self.line(&format!("{} was done by another run", step.label));
                self.bar.inc(1);
            }
            Event::SettingsChanged { names } => self.line(&format!(
                "scripts have changed settings of the session: {}",
                names.join(", ")
            )),
            Event::Lost { statements } => {
                self.line("what was set by others went with objects that were made again; where it is still wanted, run:");
                for statement in *statements {
                    self.line(&format!("    {statement};"));
                }
            }
            Event::NotRebuilt { objects } => {
                for object in *objects {
                    self.line(&format!(
                        "{object} is gone and is not built again, since that may take hours: change its \
                         repeatable, and the next run applies it, or make it by hand"
                    ));
                }
            }
            Event::Failed { .. } => self.bar.finish_and_clear(),
            _ => {}
        }
    }
}

/// A bar on standard error, where that is a terminal.
pub(crate) fn bar(quiet: bool) -> ProgressBar {
    let target = if quiet {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr()
    };
    let style = ProgressStyle::with_template("{spinner} {wide_bar} {pos}/{len} {msg}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(None, target).with_style(style)
}

/// What all steps came to.
fn total(report: &Report) -> String {
    let steps = &report.steps;
    if steps.is_empty() {
        return "nothing to do".to_owned();
    }
    let time: Duration = steps.iter().filter_map(|step| step.duration).sum();
    // The kinds stand in the order in which they were done.
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for step in steps {
        let verb = match step.action {
            Action::Apply | Action::Repeat => "applied",
            Action::RollBack => "rolled back",
            _ => "done",
        };
        match counts.iter_mut().find(|(known, _)| *known == verb) {
            Some((_, count)) => *count += 1,
            None => counts.push((verb, 1)),
        }
    }
    let first = counts.first().map_or(0, |(_, count)| *count);
    let noun = format!(" migration{}", plural(first));
    let counts = counts.iter().enumerate().map(|(place, (verb, count))| {
        let noun = if place == 0 { &*noun } else { "" };
        format!("{count}{noun} {verb}")
    });
    let counts = counts.collect::<Vec<_>>().join(", ");
    format!("{counts} in {time:.1?}")
}

/// Tells of nothing but a wait for the history's tables, beside what a command prints.
#[derive(Debug)]
pub(crate) struct Waiting;

impl Observer for Waiting {
    fn observe(&mut self, event: &Event<'_>) {
        if let Event::WaitingForHistory { blockers, waited } = event {
            for blocker in *blockers {
                eprintln!("{}", history_wait(blocker, *waited));
            }
        }
    }
}

fn history_wait(blocker: &Blocker, waited: Duration) -> String {
    format!("waiting for the history's tables since {waited:.0?}: {blocker}")
}
