//! What no earlier migration made cannot be altered or dropped.

use super::{Check, Examples, Finding, Moment, Rule};
use crate::action::{Action, Kind};
use crate::catalog::Key;
use crate::cursor::Name;
use crate::settings::Level;

pub(super) const RULE: Rule = Rule {
    id: "unknown-object",
    level: Level::Warn,
    condition: "a table, view or type is altered or dropped, or a table indexed, that no earlier migration makes",
    why: "on a new database it fails; a name that was mistyped is found here, before the server is asked",
    elsewhere: &[],
    check: Check::Statement(check),
    examples: Examples {
        bad: include_str!("unknown_object/bad.sql"),
        good: include_str!("unknown_object/good.sql"),
    },
};

fn check(moment: &Moment<'_>) -> Vec<Finding> {
    let missing = |kind, name: &Name| {
        let known = moment.catalog.object(&Key::whole(kind, name)).is_some()
            || moment.catalog.is_foreign(name)
            // ALTER TABLE and DROP TABLE also name views, sequences and foreign tables.
            || kind == Kind::Table
                && [Kind::View, Kind::MaterializedView, Kind::Sequence, Kind::Index]
                    .iter()
                    .any(|kind| moment.catalog.object(&Key::whole(*kind, name)).is_some());
        !known && name.schema == "public" && !moment.catalog.is_unknown(&name.name)
    };
    let found = match moment.action {
        Action::AlterTable { table, if_exists: false, .. } => {
            missing(Kind::Table, table).then_some((Kind::Table, table))
        }
        Action::CreateIndex(index) => {
            missing(Kind::Table, &index.table).then_some((Kind::Table, &index.table))
        }
        Action::Drop(drop) if !drop.if_exists && drop.on.is_none() => {
            let kinds = [Kind::Table, Kind::View, Kind::MaterializedView, Kind::Type];
            let names = kinds.contains(&drop.kind).then_some(&drop.names);
            let gone = names.into_iter().flatten().find(|name| missing(drop.kind, name));
            gone.map(|name| (drop.kind, name))
        }
        _ => None,
    };
    let Some((kind, name)) = found else { return Vec::new() };
    let message = format!("no earlier migration makes {}", Key::whole(kind, name).shown());
    let help = match kind {
        Kind::Table => format!(
            "correct the name; if somebody else makes it, write `-- pgstrata: requires-table {}` \
             in the header",
            name.shown()
        ),
        _ => "correct the name; if somebody else makes it, say so with `-- pgstrata: allow \
              unknown-object: <who>`"
            .to_owned(),
    };
    vec![moment.finding(message, help)]
}
