//! One index of a kind is enough.

use super::{Check, Examples, FileContext, Rule, RuleFinding};
use crate::action::{Action, ObjectKind};
use crate::catalog::Key;
use crate::cursor::Name;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "duplicate-index",
    level: Level::Warn,
    condition: "an up file builds an index that is like another one of the table",
    why: "both are written at every change of a row, and only one of them is read (PostgreSQL manual: Indexes)",
    elsewhere: &[],
    check: Check::File(check),
    examples: Examples {
        bad: include_str!("duplicate_index/bad.sql"),
        good: include_str!("duplicate_index/good.sql"),
    },
};

fn check(context: &FileContext<'_>) -> Vec<RuleFinding> {
    if !context.is_up() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (statement, step) in context.steps.iter().enumerate() {
        let Action::CreateIndex(index) = &step.action else {
            continue;
        };
        // A unique one does more than its like.
        let (Some(name), false) = (&index.name, index.is_unique) else {
            continue;
        };
        let key = Name {
            schema: index.table.schema.clone(),
            name: name.clone(),
        };
        let key = Key::whole(ObjectKind::Index, &key);
        let made = context.catalog.object(&key);
        let Some(made) = made.filter(|made| made.made_at == Some(step.text.span())) else {
            continue;
        };
        let like = context
            .catalog
            .belongings(&index.table)
            .find(|(other, object)| {
                **other != key
                    && object.definition == made.definition
                    && !context.catalog.is_unknown(&other.name.name)
            });
        let Some((other, _)) = like else { continue };
        let message = format!("index {} is the same", other.name.shown());
        let help = "leave it out, or drop the other one";
        findings.push(RuleFinding::new(statement, step.text.span(), message, help));
    }
    findings
}
