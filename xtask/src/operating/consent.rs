//! Whoever asks for a change that may lose something sees it first and agrees to it.

use std::io::{IsTerminal as _, Write as _};

use pgstrata::{Direction, Goal, Plan, StoredDown};

use crate::connect::connect_and_keep;
use crate::context::Context;
use crate::failure::{Failure, of_run};
use crate::journal::Records;
use crate::runner::Runner;
use crate::words::said;
use crate::workspace;

/// A version whose state a person accepts as it is: what `baseline` and `repair` may be asked.
#[derive(Debug)]
pub(crate) struct Acceptance {
    /// The version.
    pub(crate) version: u64,
    /// Why; kept with the history's events.
    pub(crate) reason: String,
    /// Do not ask.
    pub(crate) yes: bool,
    /// What to keep.
    pub(crate) records: Records,
}

/// What the options agree to.
pub(crate) struct Consent<'a> {
    /// To the plan.
    pub(crate) yes: bool,
    /// To text from the history with these digests.
    pub(crate) stored_down: &'a [String],
}

/// Shows the plan, asks unless there is consent, and does it.
pub(crate) fn after_asking(
    context: &Context,
    (goal, reason): (Goal, Option<&str>),
    consent: &Consent<'_>,
    records: &Records,
) -> Result<(), Failure> {
    workspace::with_migrations(context, |_, migrations| {
        let (mut client, settings) = connect_and_keep(context)?;
        let direction = Direction::Down;
        let plan = context.migrator(migrations).plan(&mut client, goal);
        let plan = plan.map_err(|error| of_run(&error, direction))?;
        let mut accepted = consent.stored_down.to_vec();
        if !plan.is_empty() && !consent.yes {
            ask(&plan)?;
            // The question has shown the text.
            accepted.extend(
                plan.steps
                    .iter()
                    .filter_map(|step| step.stored_sha256.clone()),
            );
        }
        drop(client);
        let settings = &settings;
        let runner = Runner {
            context,
            settings,
            records,
            direction,
            is_per_statement: false,
        };
        let policy = if migrations.trusts_stored_down {
            StoredDown::Trust
        } else {
            StoredDown::Accept(accepted)
        };
        runner.run(
            migrations,
            |migrator| migrator.stored_down(policy),
            (goal, reason),
        )
    })
}

fn ask(plan: &Plan) -> Result<(), Failure> {
    println!("{}", said(plan));
    if !std::io::stdin().is_terminal() {
        return Err(Failure::configuration(
            "pass --yes to do this without being asked",
        ));
    }
    print!("Do this? [y/N] ");
    let mut answer = String::new();
    let read = std::io::stdout()
        .flush()
        .and_then(|()| std::io::stdin().read_line(&mut answer));
    match read {
        Ok(_) if answer.trim().eq_ignore_ascii_case("y") => Ok(()),
        _ => Err(Failure::check("nothing was changed")),
    }
}
