//! What would run, and what is against it.

use crate::context::Context;
use crate::embedded::Mode;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::finding::{Fault, Finding};
use crate::history::Past;
use crate::messages;
use crate::server::Server;
use crate::step::{Action, Goal, Plan, Step};
use crate::stored::{StoredDown, StoredScript, WayBack};
use crate::{plan, validate};

impl<'a> Context<'a> {
    /// What would run, and what the program and the history have against it.
    pub(crate) fn draft(&self, past: &Past, goal: Goal) -> (Plan, Vec<Finding>) {
        let mut plan = plan::plan(self.migrations, past, goal);
        // Who names a migration means it, and what is done again was there before.
        let is_named = matches!(goal, Goal::Only(_) | Goal::Redo(_) | Goal::RedoFrom(_));
        if !self.allows_contract && !is_named && !past.rows.is_empty() {
            plan.hold_back(self.migrations, past);
        }
        let mut findings = validate::faults(self.migrations, past, goal, &self.history);
        let is_one = self.is_single_transaction || !self.wire.can.keeps_session;
        for step in &plan.steps {
            // Of the others nothing runs but a write of the history.
            let runs = matches!(
                step.action,
                Action::Apply | Action::RollBack | Action::Repeat
            );
            let is_apart = is_one && runs && step.mode == Mode::NoTransaction;
            let missing = step.code.clone().filter(|_| self.code(step).is_none());
            let apart = is_apart.then_some(Fault::Apart);
            let faults = apart.into_iter().chain(missing.map(Fault::CodeMissing));
            findings.extend(faults.map(|it| Finding::new(step.version, &step.label, it)));
        }
        (plan, findings)
    }

    /// The plan with all that the server knows of it, and the scripts of what is rolled back, which
    /// comes first; refuses where anything is in the way.
    pub(crate) async fn decide(
        &mut self,
        server: &mut dyn Server,
        mut plan: Plan,
        mut findings: Vec<Finding>,
        stored_down: &StoredDown,
        reason: Option<&str>,
    ) -> Result<(Plan, Vec<WayBack<'a>>)> {
        findings.extend(self.needs(server, &mut plan).await?);
        let is_back = |step: &&Step| step.action == Action::RollBack;
        let back: Vec<_> = plan.steps.iter().filter(is_back).collect();
        let stored = StoredScript::read(&self.history, server, &mut self.wire, &back).await?;
        let mut ways_back = Vec::new();
        for (step, stored) in plan.steps.iter_mut().zip(stored) {
            let own = self.migration(step).map(|migration| migration.down);
            if let Some(own) = own.filter(|own| stored.is_from(own.checksum)) {
                ways_back.push(WayBack::Own(own));
                continue;
            }
            if !stored.is_whole() {
                let message = messages::damaged(&step.label, &self.history.table);
                return Err(Error::said(message));
            }
            let (sql, sha256) = (stored.sql.clone(), stored.sha256());
            if !stored_down.accepts(&sha256) && !stored.is_empty() {
                let (sql, sha256) = (sql.clone(), sha256.clone());
                let fault = Fault::StoredDown { sql, sha256 };
                findings.push(Finding::new(step.version, &step.label, fault));
            }
            (step.sql, step.stored_sha256) = (Some(sql), Some(sha256));
            ways_back.push(WayBack::Stored(stored));
        }
        let lacking = self.lacking(server, &plan, &ways_back, reason).await?;
        // A name with such a character could not be asked for.
        if lacking.is_empty() {
            findings.extend(self.in_use(server, &plan).await?);
        }
        findings.extend(lacking);
        self.refuse(findings)?;
        Ok((plan, ways_back))
    }

    pub(crate) fn validate_past(&mut self, past: &Past) -> Result<()> {
        self.refuse(validate::faults(
            self.migrations,
            past,
            Goal::All,
            &self.history,
        ))
    }

    fn refuse(&mut self, findings: Vec<Finding>) -> Result<()> {
        let is_tolerated = |finding: &Finding| self.tolerated.iter().any(|is| is(finding));
        let (tolerated, refused): (Vec<_>, Vec<_>) = findings.into_iter().partition(is_tolerated);
        if !tolerated.is_empty() {
            self.wire.tell(&Event::Tolerated {
                findings: &tolerated,
            });
        }
        if refused
            .iter()
            .any(|it| self.denies_newer || it.fault != Fault::Newer)
        {
            return Err(Error::refused(refused));
        }
        if !refused.is_empty() {
            let newer: Vec<String> = refused.into_iter().map(|finding| finding.label).collect();
            self.wire.tell(&Event::NewerDatabase { newer: &newer });
        }
        Ok(())
    }
}
