//! What a plan needs of the server, asked in one round trip before the first write: what others
//! have to make, and extensions that are left out where the server does not have them.

use postgres::{Client, Row};

use crate::error::{Error, Result};
use crate::migration::{Requirement, What};
use crate::migrator::Migrator;
use crate::plan::{Action, Plan};
use crate::sql;
use crate::validate::{Fault, Finding};

impl Migrator<'_> {
    /// Notes in the plan what is left out; what is missing comes back.
    pub(crate) fn needs(&self, client: &mut Client, plan: &mut Plan) -> Result<Vec<Finding>> {
        let mut needs = Vec::new();
        for (index, step) in plan.steps.iter().enumerate() {
            let mut need = |statement: u32, what, name| {
                needs.push(format!(
                    "({index}, {statement}, '{what}', {})",
                    sql::literal(name)
                ));
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
                if let What::Optional { extension } = special.what {
                    need(special.statement + 1, "optional", extension);
                }
            }
        }
        if needs.is_empty() {
            return Ok(Vec::new());
        }
        let query = sql::fill(
            include_str!("sql/needs.sql"),
            &[("needs", &needs.join(", "))],
        );
        let rows = client.query_typed(&query, &[]);
        let read = |row: &Row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
        let rows: Result<Vec<(u32, u32, String)>, _> =
            rows.and_then(|it| it.iter().map(read).collect());
        let doing = "asking for what the migrations require";
        let mut missing = Vec::new();
        for (step, statement, what) in rows.map_err(|cause| Error::database(doing, cause))? {
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
