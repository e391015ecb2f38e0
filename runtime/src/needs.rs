//! What a plan needs of the server, asked in one round trip before the first write: what others
//! have to make, and extensions that are left out where the server does not have them.

use crate::context::Context;
use crate::embedded::{Requirement, StatementOptionKind};
use crate::error::Result;
use crate::finding::{Fault, Finding};
use crate::row::{Row, Unreadable};
use crate::server::Server;
use crate::sql;
use crate::step::{Action, Plan};

impl Context<'_> {
    /// Notes in the plan what is left out; what is missing comes back.
    pub(crate) async fn needs(
        &mut self,
        server: &mut dyn Server,
        plan: &mut Plan,
    ) -> Result<Vec<Finding>> {
        // A function with a variable number of arguments takes at least one.
        let (mut needs, mut tables) = (Vec::new(), vec!["NULL".to_owned()]);
        for (index, step) in plan.steps.iter().enumerate() {
            let mut need = |statement: u32, what, name| {
                let name = sql::literal(name);
                if what == "table" {
                    tables.push(format!("pg_catalog.to_regclass({name}) IS NOT NULL"));
                }
                let table = tables.len() - 1;
                needs.push(format!("({index}, {statement}, '{what}', {name}, {table})"));
            };
            let migration = self
                .migration(step)
                .filter(|_| step.action == Action::Apply);
            for requirement in migration.map_or(&[][..], |migration| migration.requires) {
                match requirement {
                    Requirement::Version(_) => {}
                    Requirement::Extension(name) => need(0, "extension", name),
                    Requirement::Table(name) => need(0, "table", name),
                }
            }
            for special in self.script(step).map_or(&[][..], |script| script.special) {
                if let StatementOptionKind::Optional { extension } = special.what {
                    need(special.statement + 1, "optional", extension);
                }
            }
        }
        if needs.is_empty() {
            return Ok(Vec::new());
        }
        let needs = [("needs", &*needs.join(", "))];
        let query = sql::fill(include_str!("sql/step/needs.sql").trim_end(), &needs);
        // Their names are those of the session's search path.
        let found = [("tables", &*tables.join(", "))];
        let found = sql::fill(include_str!("sql/step/needs_tables.sql").trim_end(), &found);
        let history = self.history.clone();
        let sets = self
            .wire
            .ask_after(&[found], server, &history, &query)
            .await?;
        let read = |row: Row<'_>| Ok((row.get("step")?, row.get("statement")?, row.get("what")?));
        let rows: Result<Vec<(u32, u32, String)>, Unreadable> =
            sets.iter().flatten().map(read).collect();
        let mut missing = Vec::new();
        for (step, statement, what) in history.reading(rows)? {
            let step = &mut plan.steps[step as usize];
            match statement as usize {
                0 => missing.push(Finding::new(
                    step.version,
                    &step.label,
                    Fault::Requires(what),
                )),
                statement => step.skipped.push((statement, what)),
            }
        }
        Ok(missing)
    }
}
