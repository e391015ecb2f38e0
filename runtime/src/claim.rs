//! What is sent for a step: its claim in the history, its statements, its record.

use std::borrow::Cow;

use crate::embedded::{Mode, Script, Statement, StatementOptionKind};
use crate::history::History;
use crate::prepared_step::PreparedStep;
use crate::step::{Action, Step};
use crate::{own, sql, stored};

const INSERT: &str = include_str!("sql/step/claim_insert.sql");
const VALUES: &str = include_str!("sql/step/claim_values.sql");
const UNDO: &str = include_str!("sql/step/undo.sql");
const UNDONE: &str = include_str!("sql/step/undone.sql");
const PARAMETERS: &str = "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, \
                          $17, $18, $19, $20, $21, $22)";

impl History {
    /// Prepares what is around most scripts of these actions: to analyse it for each of them costs the
    /// server more than to execute it.
    pub(crate) fn prepared_frame(&self, actions: &[Action]) -> String {
        let mut frame = include_str!("sql/step/prepare.sql").to_owned();
        if actions.contains(&Action::Apply) {
            let record = counted_each(include_str!("sql/step/record_applied.sql"));
            let values = [
                ("insert", &*[INSERT, PARAMETERS, ";"].concat()),
                ("record", &*record),
            ];
            frame += &sql::fill(include_str!("sql/step/prepare_apply.sql"), &values);
        }
        if actions.contains(&Action::RollBack) {
            let undo = parameters(UNDO, &["version", "attempt", "label", "reason"]);
            let undone = parameters(&counted_each(UNDONE), &["attempt"]);
            let values = [("undo", &*undo), ("undone", &*undone)];
            frame += &sql::fill(include_str!("sql/step/prepare_roll_back.sql"), &values);
        }
        let guard = self.guarded();
        let values = [
            ("guard", &*guard),
            ("action", "$1"),
            ("reason", "$2"),
            ("row", "h.version = $3"),
        ];
        self.fill(&frame, &values)
    }

    /// Drops what was prepared.
    pub(crate) fn dropped_frame(actions: &[Action]) -> String {
        let mut frame = include_str!("sql/step/deallocate.sql").to_owned();
        if actions.contains(&Action::Apply) {
            frame += include_str!("sql/step/deallocate_apply.sql");
        }
        if actions.contains(&Action::RollBack) {
            frame += include_str!("sql/step/deallocate_roll_back.sql");
        }
        frame
    }

    fn has_prepared(&self, work: &PreparedStep<'_>) -> bool {
        work.mode == Mode::Transaction && self.prepared.contains(&work.step.action)
    }

    /// Takes the step, and raises where anybody has done it already.
    pub(crate) fn claim(&self, work: &PreparedStep<'_>, reason: Option<&str>) -> String {
        let PreparedStep {
            step,
            script,
            migration,
            mode,
            ..
        } = work;
        let template = match step.action {
            Action::Apply if self.has_prepared(work) => format!("EXECUTE pgstrata_claim {VALUES}"),
            Action::Apply | Action::Baseline => [INSERT, VALUES].concat(),
            Action::Repeat => {
                // What it replaces, if anything.
                let replaced = usize::from(step.attempt > 0);
                let delete = include_str!("sql/step/claim_repeat.sql").trim_end();
                let delete = Self::counted(delete.trim_end_matches(';'), replaced);
                let stood = include_str!("sql/repeat/stood_before.sql");
                let stood = if replaced == 0 { "" } else { stood };
                let policies = include_str!("sql/repeat/policies_before.sql");
                [policies, stood, &delete, INSERT, VALUES].concat()
            }
            // Nothing of its way back has run.
            Action::Repair if step.is_untouched => {
                let put_back = counted_each(include_str!("sql/step/put_back.sql"));
                put_back + &counted_each(include_str!("sql/step/repair.sql"))
            }
            Action::Repair => counted_each(include_str!("sql/step/repair.sql")),
            Action::Verify => "SET TRANSACTION READ ONLY;".to_owned(),
            Action::RollBack if self.has_prepared(work) => {
                include_str!("sql/step/execute_undo.sql").to_owned()
            }
            Action::RollBack if *mode == Mode::Transaction => UNDO.to_owned(),
            Action::RollBack => counted_each(include_str!("sql/step/claim_roll_back.sql")),
        };
        let take_over = include_str!("sql/step/take_over.sql").trim_end();
        let template = if step.action == Action::Apply && step.is_untouched {
            Self::counted(take_over, 1) + &template
        } else {
            template
        };
        let [up, down] = migration.map_or([*script, Script::EMPTY], |m| [m.up, m.down]);
        let sent = if step.action == Action::RollBack {
            script
        } else {
            &up
        };
        let statements = sent.packed.len().to_string();
        // Inside a transaction nobody sees the claim before all of it is true.
        let (state, done) = match mode {
            Mode::Transaction => ("'applied'", &*statements),
            Mode::NoTransaction => ("'applying'", "0"),
        };
        // What code has ended of a transaction is not told by statements.
        let next = work
            .excerpt(0)
            .filter(|_| script.mode == Mode::NoTransaction);
        let up_statements = migration.map(|it| it.up.packed.len().to_string());
        let timeout = |timeout: Option<_>| {
            timeout.map_or("NULL".to_owned(), |timeout| {
                sql::milliseconds(timeout).to_string()
            })
        };
        let numbers = |number: fn(Statement) -> u32| sql::array(down.statements().map(number));
        let transactional = down.mode == Mode::Transaction;
        let targets = if step.action == Action::Repeat && step.attempt > 0 {
            include_str!("sql/repeat/claimed.sql").trim_end().to_owned()
        } else {
            sql::texts(&stored::targets(&down))
        };
        let values = [
            ("reason", &*sql::nullable(reason)),
            ("next_statement", &*sql::nullable(next.as_deref())),
            ("state", state),
            ("done", done),
            ("statements", &statements),
            ("up_statements", up_statements.as_deref().unwrap_or("NULL")),
            ("algorithm", &up.checksum.algorithm.to_string()),
            ("up_checksum", &sql::bytes(up.checksum.sha256)),
            ("down_checksum", &sql::bytes(down.checksum.sha256)),
            ("down_sql", &sql::literal(down.sql)),
            ("down_starts", &numbers(|statement| statement.start)),
            ("down_ends", &numbers(|statement| statement.end)),
            ("down_lines", &numbers(|statement| statement.line)),
            (
                "down_concurrent",
                &sql::array(down.statements().map(|s| s.concurrent)),
            ),
            ("down_transactional", &transactional.to_string()),
            ("down_lock_timeout", &timeout(down.lock_timeout)),
            ("down_statement_timeout", &timeout(down.statement_timeout)),
            ("down_code", &sql::nullable(down.code.map(|code| code.path))),
            ("down_targets", &targets),
            (
                "irreversible",
                &sql::nullable(migration.and_then(|m| m.irreversible)),
            ),
        ];
        self.fill_step(&template, step, &values)
    }

    /// What is sent for each statement of a script: itself, or the record that it is left out, or a
    /// block that repeats a batch and commits.
    /// `back` puts the session's search path back.
    pub(crate) fn texts<'s>(
        &self,
        step: &Step,
        script: &Script<'s>,
        back: &str,
    ) -> Vec<Cow<'s, str>> {
        let is_skipped = |number| step.skipped.iter().any(|(skipped, _)| *skipped == number);
        let text = |(index, statement): (usize, Statement)| {
            let block = |template: &str, values: &[(&str, &str)]| {
                let number = (index + 1).to_string();
                let said = sql::literal(script.text(statement));
                let all = [&[("number", &*number), ("statement", &said)], values].concat();
                Cow::Owned(self.fill_step(template.trim_end(), step, &all))
            };
            match script.special(index) {
                Some(StatementOptionKind::Optional { extension: name })
                    if is_skipped(index + 1) =>
                {
                    let skipped = counted_each(include_str!("sql/step/skipped.sql"));
                    let text = [own::SAFE_PATH, &*skipped, "{back}"].concat();
                    block(&text, &[("name", &sql::literal(name)), ("back", back)])
                }
                Some(StatementOptionKind::Batch(batch)) => {
                    let pause = batch.pause.as_secs_f64().to_string();
                    let most = batch
                        .max_batches
                        .map_or("NULL".to_owned(), |most| most.to_string());
                    let (total, key) = (sql::nullable(batch.total), sql::nullable(batch.key));
                    let guarded = self.guarded_anywhere();
                    let values = [
                        ("guarded", &*guarded),
                        ("pause", &pause),
                        ("most", &most),
                        ("total", &total),
                        ("key", &key),
                    ];
                    block(include_str!("sql/step/batch.sql"), &values)
                }
                _ => Cow::Borrowed(script.text(statement)),
            }
        };
        script.statements().enumerate().map(text).collect()
    }

    /// Says that the step is done.
    pub(crate) fn record(&self, work: &PreparedStep<'_>, reason: Option<&str>) -> String {
        let template = match (work.step.action, work.mode) {
            (Action::RollBack, _) if self.has_prepared(work) => {
                include_str!("sql/step/execute_undone.sql").to_owned()
            }
            _ if self.has_prepared(work) => include_str!("sql/step/execute_record.sql").to_owned(),
            (Action::Verify | Action::Repair, _) => String::new(),
            (Action::RollBack, Mode::Transaction) => counted_each(UNDONE),
            (Action::RollBack, _) => counted_each(include_str!("sql/step/record_roll_back.sql")),
            (_, Mode::Transaction) => counted_each(include_str!("sql/step/record_applied.sql")),
            (_, Mode::NoTransaction) => counted_each(concat!(
                include_str!("sql/step/finish_apply.sql"),
                include_str!("sql/step/record_event.sql")
            )),
        };
        let action = sql::literal(work.step.action.words()[1]);
        let values = [("action", &*action), ("reason", &sql::nullable(reason))];
        self.fill_step(&template, work.step, &values)
    }

    /// Makes the claim of a script of which nothing has run undone.
    pub(crate) fn take_back(&self, work: &PreparedStep<'_>, attempt: i64) -> String {
        let template = match work.step.action {
            Action::RollBack => counted_each(include_str!("sql/step/put_back.sql")),
            _ => Self::counted(include_str!("sql/step/take_over.sql").trim_end(), 1),
        };
        let up_statements = work.migration.map(|it| it.up.packed.len().to_string());
        let values = [("up_statements", up_statements.as_deref().unwrap_or("NULL"))];
        let step = Step {
            attempt,
            ..work.step.clone()
        };
        self.fill_step(&template, &step, &values)
    }

    /// `template` with what tells the step's row apart.
    pub(crate) fn fill_step(&self, template: &str, step: &Step, values: &[(&str, &str)]) -> String {
        let (attempt, label) = (step.attempt.to_string(), sql::literal(&step.label));
        let version = step
            .version
            .map_or("NULL".to_owned(), |version| version.to_string());
        let row = match step.version {
            Some(version) => format!("h.version = {version}"),
            None => format!("h.version IS NULL AND h.label = {label}"),
        };
        let all = [
            ("version", &*version),
            ("attempt", &attempt),
            ("label", &label),
            ("row", &row),
        ];
        self.fill(template, &[&all, values].concat())
    }
}

/// Each statement of a template must touch one row. An INSERT of VALUES does, where the guard has
/// found no trigger and no rule, so it is not counted: that would cost each migration.
fn counted_each(template: &str) -> String {
    let statements = template.trim_end().trim_end_matches(';').split(";\n");
    statements.map(|write| History::counted(write, 1)).collect()
}

/// A template with `$1`, `$2` and so on for these names.
fn parameters(template: &str, names: &[&str]) -> String {
    let numbers: Vec<String> = (1..=names.len())
        .map(|number| format!("${number}"))
        .collect();
    let values = names
        .iter()
        .zip(&numbers)
        .map(|(name, number)| (*name, &**number));
    sql::fill(template, &values.collect::<Vec<_>>())
}
