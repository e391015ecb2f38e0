//! What stands in the way of a pending statement: PostgreSQL neither drops a column that a view, a routine, a
//! trigger, a rule or a policy uses, nor gives it another type, nor drops the table. What up scripts take away
//! the compiler has found; the server is asked once, before the first write, and only where there is any.
//!
//! Nothing is said where something before the statement may have taken the dependents away.

use std::fmt::Write as _;

use crate::context::Context;
use crate::embedded::Taken;
use crate::error::Result;
use crate::finding::{Fault, Finding};
use crate::row::{Row, Unreadable};
use crate::server::Server;
use crate::sql;
use crate::sqlstate;
use crate::step::{Action, Plan};

const AS_IT_IS: &str = "{text}";

/// For a database that has bytes which are no text: what is not ASCII of names and definitions is a `?`.
const LEGIBLE: &str = include_str!("sql/step/in_use_legible.sql");

/// What the server is asked about.
struct Asked<'a> {
    taken: Taken<'a>,
    /// Whether functions of the database may have run by then.
    is_after_functions: bool,
}

/// Something that stands on what a statement takes away.
struct Dependent {
    kind: String,
    named: String,
    definition: String,
    is_direct: bool,
    repeatable: Option<String>,
}

impl<'a> Context<'a> {
    pub(crate) async fn in_use(
        &mut self,
        server: &mut dyn Server,
        plan: &Plan,
    ) -> Result<Vec<Finding>> {
        let taken = self.certainly_taken(plan);
        if taken.is_empty() {
            return Ok(Vec::new());
        }
        let (names, query) = self.questions(&taken);
        let history = self.history.clone();
        let (first, whole) = ([names], query(AS_IT_IS));
        let mut asked = self.wire.ask_after(&first, server, &history, &whole).await;
        if asked
            .as_ref()
            .is_err_and(|it| it.code() == Some(sqlstate::CHARACTER_NOT_IN_REPERTOIRE))
        {
            let legible = query(LEGIBLE);
            asked = self
                .wire
                .ask_after(&first, server, &history, &legible)
                .await;
        }
        let asked = asked.map_err(|error| {
            error.while_doing("asking what uses what pending statements take away")
        })?;
        let mut dependents: Vec<Vec<Dependent>> = taken.iter().map(|_| Vec::new()).collect();
        for row in asked.iter().flatten() {
            let (place, dependent) = history.reading(Dependent::read(row))?;
            if let Some(all) = dependents.get_mut(place) {
                all.push(dependent);
            }
        }
        let all = taken.iter().zip(&dependents);
        let used = all.filter(|(_, all)| !all.is_empty());
        Ok(used
            .filter_map(|(asked, all)| self.finding(&asked.taken, all))
            .collect())
    }

    /// What no earlier step of the plan may have freed.
    fn certainly_taken(&self, plan: &Plan) -> Vec<Asked<'a>> {
        let mut taken = Vec::new();
        // Code of the caller's may do anything.
        if self.hooks.before || self.hooks.after {
            return taken;
        }
        let mut lowest = None;
        for step in &plan.steps {
            let (Action::Apply, Some(version)) = (step.action, step.version) else {
                break;
            };
            let all = self.migrations.taken;
            let first = all.partition_point(|it| it.version < version);
            let of_step = all[first..].iter().take_while(|it| it.version == version);
            let is_certain = |it: &&Taken<'_>| lowest.is_none_or(|lowest| lowest >= it.since);
            let lowest_or_own = lowest.map_or(version, |lowest: u64| lowest.min(version));
            taken.extend(of_step.filter(is_certain).map(|it| Asked {
                taken: *it,
                is_after_functions: lowest_or_own < it.functions_since,
            }));
            lowest = Some(lowest_or_own);
        }
        taken
    }

    /// What looks the names up as the statements will, and what asks for dependents.
    fn questions(&self, asked: &[Asked<'_>]) -> (String, impl Fn(&str) -> String + use<>) {
        let (mut names, mut rows) = (Vec::new(), Vec::new());
        for (place, asked) in asked.iter().enumerate() {
            let it = &asked.taken;
            let freed = it.freed.iter().map(|name| (name, true, ""));
            for (&[schema, name], is_freed, column) in
                [(&it.object, false, it.column)].into_iter().chain(freed)
            {
                let found = match schema {
                    "" => {
                        let name = sql::literal(&sql::identifier(name));
                        format!("pg_catalog.to_regclass({name})")
                    }
                    _ => "NULL".to_owned(),
                };
                names.push(found);
                let [schema, name, column] = [schema, name, column].map(sql::literal);
                let (index, views_only) = (names.len(), it.views_only);
                let is_after_functions = asked.is_after_functions;
                rows.push(format!(
                    "({index}, {place}, {is_freed}, {schema}, {name}, {column}, {views_only}, {is_after_functions})"
                ));
            }
        }
        let names = [("names", &*names.join(", "))];
        let names = sql::fill(include_str!("sql/step/in_use_names.sql").trim_end(), &names);
        let dependent = include_str!("sql/step/in_use_dependent.sql").trim_end();
        let repeatable = if self.history.keeps_targets() {
            include_str!("sql/step/in_use_repeatable.sql").trim_end()
        } else {
            "NULL::text"
        };
        let repeatable = self.history.fill(repeatable, &[]);
        let rows = rows.join(", ");
        let query = move |legible: &str| {
            let shown = |text| sql::fill(legible, &[("text", text)]);
            let values = [
                ("rows", &*rows),
                ("dependent", dependent),
                ("repeatable", &repeatable),
                ("named", &shown("o.named")),
                ("definition", &shown("o.definition")),
            ];
            sql::fill(include_str!("sql/step/in_use.sql").trim_end(), &values)
        };
        (names, query)
    }

    fn finding(&self, taken: &Taken<'_>, dependents: &[Dependent]) -> Option<Finding> {
        let migration = self.migrations.find(taken.version)?;
        let statement = migration.up.statements().nth(taken.statement as usize)?;
        let [schema, name] = taken.object;
        let shown = |name: &str| sql::visible_line(name);
        let table = if schema.is_empty() {
            shown(name)
        } else {
            format!("{}.{}", shown(schema), shown(name))
        };
        let what = match taken.column {
            "" => table,
            column => format!("the column {} of {table}", shown(column)),
        };
        let direct = dependents.iter().filter(|it| it.is_direct);
        let used_by: Vec<String> = direct.map(Dependent::shown).collect();
        let [mut drop, mut create] = [String::new(), String::new()];
        for it in dependents {
            let _ = write!(drop, "DROP {} {};", it.kind.to_uppercase(), it.named);
        }
        for it in dependents.iter().rev() {
            let _ = writeln!(create, "{};", it.on_few_lines());
        }
        let fault = Fault::InUse {
            line: statement.line as usize,
            what,
            used_by: used_by.join(", "),
            drop: sql::visible(&drop.replace(";DROP", "; DROP")),
            create: sql::visible(create.trim_end()),
            is_made_again: dependents.iter().any(|it| it.repeatable.is_some()),
        };
        Some(Finding::new(taken.version, migration.label, fault))
    }
}

impl Dependent {
    fn read(row: Row<'_>) -> Result<(usize, Self), Unreadable> {
        let place: u32 = row.get("place")?;
        let dependent = Self {
            kind: row.get("kind")?,
            named: row.get("named")?,
            definition: row.get("definition")?,
            is_direct: row.get("is_direct")?,
            repeatable: row.get("repeatable")?,
        };
        Ok((place as usize, dependent))
    }

    fn shown(&self) -> String {
        let words = sql::visible_line(&format!("the {} {}", self.kind, self.named));
        match &self.repeatable {
            Some(label) => format!("{words} (repeatable/{label}.sql)"),
            None => words,
        }
    }

    /// Blanks and ends of lines count within quotes.
    fn on_few_lines(&self) -> String {
        if self.definition.contains(['\'', '"', '$']) {
            return self.definition.clone();
        }
        let words: Vec<&str> = self.definition.split_whitespace().collect();
        words.join(" ")
    }
}
