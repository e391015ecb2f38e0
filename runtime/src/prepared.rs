//! What is sent instead of a statement that is not simply sent: the record that it is left
//! out, or a block that repeats a batch and commits.

use std::borrow::Cow;

use crate::history::History;
use crate::migration::{Script, Statement, What};
use crate::plan::Step;
use crate::sql;

impl History {
    /// What is sent for each statement of a script.
    pub(crate) fn prepared<'s>(&self, step: &Step, script: &Script<'s>) -> Vec<Cow<'s, str>> {
        let is_skipped = |number| step.skipped.iter().any(|(skipped, _)| *skipped == number);
        let prepared = |(index, statement): (usize, &Statement)| {
            let block = |template: &str, values: &[(&str, &str)]| {
                let number = (index + 1).to_string();
                let text = sql::literal(script.text(statement));
                let all = [&[("number", &*number), ("statement", &text)], values].concat();
                Cow::Owned(self.fill_step(template.trim_end(), step, &all))
            };
            match script.special(index) {
                Some(What::Optional { extension: name }) if is_skipped(index + 1) => {
                    block(include_str!("sql/skipped.sql"), &[("name", &sql::literal(name))])
                }
                Some(What::Batch(batch)) => {
                    let pause = batch.pause.as_secs_f64().to_string();
                    let most = batch.max_batches.map_or("NULL".to_owned(), |most| most.to_string());
                    let (total, key) = (sql::nullable(batch.total), sql::nullable(batch.key));
                    let values =
                        [("pause", &*pause), ("most", &most), ("total", &total), ("key", &key)];
                    block(include_str!("sql/batch.sql"), &values)
                }
                _ => Cow::Borrowed(script.text(statement)),
            }
        };
        script.statements.iter().enumerate().map(prepared).collect()
    }
}
