//! From options to the goal of a run.

use pgstrata::{Direction, Error, Goal, Migrations, Migrator, Plan};
use postgres::Client;

use crate::context::Context;
use crate::failure::{Failure, of_run};
use crate::history_tables;

choices! {
    /// A part of a change without downtime, in their order.
    pub(crate) enum Phase {
        /// Adds.
        Expand = "expand",
        /// Moves data.
        Migrate = "migrate",
        /// Removes.
        Contract = "contract",
    }
}

/// How far up.
#[derive(Debug)]
pub(crate) struct Target {
    /// Stop after this version.
    pub(crate) to: Option<u64>,
    /// Stop after so many migrations.
    pub(crate) steps: Option<usize>,
    /// Apply this version alone, also where newer ones are applied.
    pub(crate) only: Option<u64>,
    /// Stop before the first migration of a later phase; `contract`, the last one, applies contract
    /// steps that would be held.
    pub(crate) phase: Option<Phase>,
    /// Apply contract steps of the same list as their expand steps, which would be held.
    pub(crate) allow_contract: bool,
}

impl Target {
    /// As the runtime has it; a phase is asked of what is pending.
    pub(crate) fn goal(
        &self,
        client: &mut Client,
        migrations: &Migrations<'_>,
        context: &Context,
    ) -> Result<Goal, Failure> {
        Ok(match (self.to, self.steps, self.only, self.phase) {
            (Some(version), ..) => Goal::To(version),
            (_, Some(steps), ..) => Goal::Steps(steps),
            (.., Some(version), _) => Goal::Only(version),
            (.., Some(phase)) => {
                let plan = self.migrator(migrations, context).plan(client, Goal::All);
                let plan = plan.map_err(|error| of_run(&error, Direction::Up))?;
                until(phase, &plan, migrations)
            }
            _ => Goal::All,
        })
    }

    /// The plan, or why there is none.
    pub(crate) fn plan(
        &self,
        client: &mut Client,
        migrations: &Migrations<'_>,
        context: &Context,
    ) -> Result<Result<Plan, Error>, Failure> {
        let goal = self.goal(client, migrations, context)?;
        self.plan_to(goal, client, migrations, context)
    }

    /// The plan to a goal that these have come to.
    pub(crate) fn plan_to(
        &self,
        goal: Goal,
        client: &mut Client,
        migrations: &Migrations<'_>,
        context: &Context,
    ) -> Result<Result<Plan, Error>, Failure> {
        let plan = self.migrator(migrations, context).plan(client, goal);
        if let Ok(plan) = &plan {
            let is_pending = |label: &str| plan.steps.iter().any(|step| step.label == label);
            history_tables::note_hidden(client, context, migrations, is_pending)?;
        }
        Ok(plan)
    }

    /// The migrator as these options want it.
    pub(crate) fn migrator<'m>(
        &self,
        migrations: &'m Migrations<'m>,
        context: &Context,
    ) -> Migrator<'m> {
        self.configured(context.migrator(migrations))
    }

    /// The same of one that is there.
    pub(crate) fn configured<'m>(&self, migrator: Migrator<'m>) -> Migrator<'m> {
        // Who names the last phase means its steps.
        if self.allow_contract || self.phase == Some(Phase::Contract) {
            migrator.allow_contract()
        } else {
            migrator
        }
    }
}

/// Everything before the first migration of a later phase.
fn until(phase: Phase, plan: &Plan, migrations: &Migrations<'_>) -> Goal {
    let held_back = plan.held_back.iter().flat_map(|held_back| &held_back.steps);
    let versions: Vec<u64> = plan
        .steps
        .iter()
        .chain(held_back)
        .filter_map(|it| it.version)
        .collect();
    let is_later = |version: &u64| {
        let found = migrations
            .find(*version)
            .and_then(|migration| migration.phase);
        found.is_some_and(|found| of(found) > phase)
    };
    match versions.iter().position(is_later) {
        None => Goal::All,
        Some(0) => Goal::Steps(0),
        Some(later) => Goal::To(versions[later - 1]),
    }
}

fn of(phase: pgstrata::embedded::Phase) -> Phase {
    match phase {
        pgstrata::embedded::Phase::Expand => Phase::Expand,
        pgstrata::embedded::Phase::Migrate => Phase::Migrate,
        pgstrata::embedded::Phase::Contract => Phase::Contract,
    }
}
