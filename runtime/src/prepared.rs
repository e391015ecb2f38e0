//! What is sent instead of a statement that is not simply sent: the record that it is left
//! out, or a block that repeats a batch and commits.

use crate::history::History;
use crate::migration::{Script, Statement, What};
use crate::plan::Step;
use crate::sql;

impl History {
    /// A script's text and statements with the special ones put in place.
    pub(crate) fn prepared(&self, step: &Step, script: &Script<'_>) -> (String, Vec<Statement>) {
        let (mut sql, mut end) = (String::new(), 0);
        let is_skipped = |number| step.skipped.iter().any(|(skipped, _)| *skipped == number);
        let mut put = |(index, statement): (usize, &Statement)| {
            sql += script.sql.get(end..statement.start as usize).unwrap_or_default();
            end = statement.end as usize;
            let (start, text) = (sql.len(), script.text(statement));
            let (number, text) = ((index + 1).to_string(), sql::literal(text));
            let mut block = |template: &str, values: &[(&str, &str)]| {
                let all = [&[("number", &*number), ("statement", &text)], values].concat();
                sql += &self.fill_step(template.trim_end(), step, &all);
            };
            match script.special(index) {
                Some(What::Optional { extension: name }) if is_skipped(index + 1) => {
                    block(include_str!("sql/skipped.sql"), &[("name", &sql::literal(name))]);
                }
                Some(What::Batch(batch)) => {
                    let pause = batch.pause.as_secs_f64().to_string();
                    let most = batch.max_batches.map_or("NULL".to_owned(), |most| most.to_string());
                    let (total, key) = (sql::nullable(batch.total), sql::nullable(batch.key));
                    let values =
                        [("pause", &*pause), ("most", &most), ("total", &total), ("key", &key)];
                    block(include_str!("sql/batch.sql"), &values);
                }
                _ => sql += script.text(statement),
            }
            let offset = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
            Statement { start: offset(start), end: offset(sql.len()), ..*statement }
        };
        let statements = script.statements.iter().enumerate().map(&mut put).collect();
        sql += script.sql.get(end..).unwrap_or_default();
        (sql, statements)
    }
}
