//! What each step writes into the history: its claim before the script, its record behind it.

use crate::history::{History, NOTHING};
use crate::migration::{Migration, Mode, Script, Statement};
use crate::plan::{Action, Step};
use crate::{sql, stored};

impl History {
    /// The claim raises where anybody has done the step already; the record says that it is
    /// done. With a `mode` outside a transaction somebody may see the one without the other.
    pub(crate) fn claim_and_record(
        &self,
        step: &Step,
        script: &Script<'_>,
        mode: Mode,
        migration: Option<&Migration<'_>>,
        reason: Option<&str>,
    ) -> [String; 2] {
        let [up, down] = migration.map_or([*script, NOTHING], |m| [m.up, m.down]);
        let event = include_str!("sql/record_event.sql");
        let apply = include_str!("sql/claim_apply.sql");
        let repeat = [include_str!("sql/claim_repeat.sql"), apply].concat();
        let finish = [include_str!("sql/finish_apply.sql"), event].concat();
        // Inside a transaction nobody sees the claim before all of it is true.
        let (state, finish) = match mode {
            Mode::Transaction => ("'applied'", event),
            Mode::NoTransaction => ("'applying'", &*finish),
        };
        let templates = match step.action {
            Action::Apply | Action::Baseline => [apply, finish],
            Action::Repeat => [&*repeat, finish],
            Action::Repair => {
                [include_str!("sql/claim_repair.sql"), include_str!("sql/record_repair.sql")]
            }
            Action::Verify => ["SET TRANSACTION READ ONLY;", ""],
            Action::RollBack => {
                [include_str!("sql/claim_roll_back.sql"), include_str!("sql/record_roll_back.sql")]
            }
        };
        let sent = if step.action == Action::RollBack { script } else { &up };
        let statements = sent.statements.len().to_string();
        let done = if mode == Mode::Transaction { &*statements } else { "0" };
        let timeout = |timeout: Option<_>| {
            timeout.map_or("NULL".to_owned(), |timeout| sql::milliseconds(timeout).to_string())
        };
        let numbers =
            |number: fn(&Statement) -> u32| sql::array(down.statements.iter().map(number));
        let transactional = down.mode == Mode::Transaction;
        let values = [
            ("action", &*sql::literal(step.action.words()[1])),
            ("reason", &sql::nullable(reason)),
            ("state", state),
            ("done", done),
            ("statements", &statements),
            ("algorithm", &up.checksum.algorithm.to_string()),
            ("up_checksum", &sql::bytes(&up.checksum.sha256)),
            ("down_checksum", &sql::bytes(&down.checksum.sha256)),
            ("down_sql", &sql::literal(down.sql)),
            ("down_starts", &numbers(|statement| statement.start)),
            ("down_ends", &numbers(|statement| statement.end)),
            ("down_lines", &numbers(|statement| statement.line)),
            ("down_concurrent", &sql::array(down.statements.iter().map(|s| s.concurrent))),
            ("down_transactional", &transactional.to_string()),
            ("down_lock_timeout", &timeout(down.lock_timeout)),
            ("down_statement_timeout", &timeout(down.statement_timeout)),
            ("down_code", &sql::nullable(down.code.map(|code| code.path))),
            ("down_targets", &sql::texts(&stored::targets(&down))),
            ("irreversible", &sql::nullable(migration.and_then(|m| m.irreversible))),
        ];
        templates.map(|template| self.fill_step(template, step, &values))
    }

    /// `template` with what tells the step's row apart.
    pub(crate) fn fill_step(&self, template: &str, step: &Step, values: &[(&str, &str)]) -> String {
        let (attempt, label) = (step.attempt.to_string(), sql::literal(&step.label));
        let version = step.version.map_or("NULL".to_owned(), |version| version.to_string());
        let row = match step.version {
            Some(version) => format!("h.version = {version}"),
            None => format!("h.version IS NULL AND h.label = {label}"),
        };
        let all = [("version", &*version), ("attempt", &attempt), ("label", &label), ("row", &row)];
        self.fill(template, &[&all, values].concat())
    }
}
