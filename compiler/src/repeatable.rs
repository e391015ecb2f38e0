//! Scripts that run again whenever they change, in the order in which they run.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Diagnostic;
use crate::file_name::Purpose;
use crate::migration::Migration;
use crate::script::Script;
use crate::source::Source;
use crate::span::Span;
use crate::spelling::nearest;

/// One of them, read and cut.
#[derive(Debug)]
pub struct Repeatable {
    /// `active_accounts`.
    pub name: String,
    /// Makes it, whether or not it is there already.
    pub script: Script,
}

impl Repeatable {
    /// Reads its file.
    pub fn read(name: &str, source: &Source) -> Result<Self, Vec<Diagnostic>> {
        let text = source.text.as_deref().ok_or_else(Vec::new)?;
        let script = Script::read(&source.name, text, Purpose::Repeatable)?;
        Ok(Self {
            name: name.to_owned(),
            script,
        })
    }
}

/// Puts those first that others require, and else goes by name; what is required must be
/// there, and nothing may require itself.
pub fn order(repeatables: &mut [Repeatable], migrations: &[Migration]) -> Vec<Diagnostic> {
    let mut diagnostics = unknown(repeatables, migrations);
    let order = sorted(repeatables);
    if order.len() < repeatables.len() {
        diagnostics.extend(circles(repeatables, &order));
    }
    if diagnostics.is_empty() {
        let places: BTreeMap<String, usize> = order
            .into_iter()
            .zip(0..)
            .map(|(name, place)| (name.to_owned(), place))
            .collect();
        repeatables.sort_by_key(|repeatable| places.get(&repeatable.name).copied());
    }
    diagnostics
}

/// Names, of which each stands behind all that it requires. Those of a circle are left out,
/// and so is whatever requires them.
fn sorted(repeatables: &[Repeatable]) -> Vec<&str> {
    let names: BTreeSet<&str> = repeatables.iter().map(|it| it.name.as_str()).collect();
    let mut open: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut followers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut ready = BTreeSet::new();
    for Repeatable { name, script } in repeatables {
        let required = script.follows.iter().map(|(required, _)| required.as_str());
        let required: BTreeSet<&str> = required.filter(|name| names.contains(name)).collect();
        for before in &required {
            followers.entry(before).or_default().push(name);
        }
        if required.is_empty() {
            ready.insert(name.as_str());
        }
        open.insert(name, required);
    }
    let mut order = Vec::with_capacity(repeatables.len());
    while let Some(next) = ready.pop_first() {
        order.push(next);
        for follower in followers.get(next).into_iter().flatten() {
            if let Some(required) = open.get_mut(follower) {
                required.remove(next);
                if required.is_empty() {
                    ready.insert(follower);
                }
            }
        }
    }
    order
}

/// Every circle once, with all its files.
fn circles(repeatables: &[Repeatable], order: &[&str]) -> Vec<Diagnostic> {
    let done: BTreeSet<&str> = order.iter().copied().collect();
    let left: BTreeMap<&str, &Repeatable> = repeatables
        .iter()
        .map(|it| (it.name.as_str(), it))
        .filter(|(name, _)| !done.contains(name))
        .collect();
    // Each of those that are left requires one that is left, too.
    let next = |it: &Repeatable| -> Option<(&Repeatable, Span)> {
        let mut follows = it.script.follows.iter();
        follows.find_map(|(name, span)| left.get(name.as_str()).map(|next| (*next, *span)))
    };
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut diagnostics = Vec::new();
    for start in left.values() {
        let mut path: Vec<(&Repeatable, Span)> = Vec::new();
        let mut at: &Repeatable = start;
        while seen.insert(&at.name) {
            let Some((following, span)) = next(at) else {
                break;
            };
            path.push((at, span));
            at = following;
        }
        if let Some(first) = path.iter().position(|(it, _)| it.name == at.name) {
            diagnostics.push(circle(&path[first..]));
        }
    }
    diagnostics
}

fn circle(path: &[(&Repeatable, Span)]) -> Diagnostic {
    let names = path
        .iter()
        .chain(path.first())
        .map(|(it, _)| format!("`{}`", it.name));
    let message = format!(
        "these require each other: {}",
        names.collect::<Vec<_>>().join(" → ")
    );
    let found = Diagnostic::error("requires", message)
        .why("there is no order in which each runs behind what it requires")
        .help("take out one of the requirements, or make one file of them");
    path.iter()
        .fold(found, |found, (it, span)| found.at(&it.script.file, *span))
}

/// What is required and not there.
fn unknown(repeatables: &[Repeatable], migrations: &[Migration]) -> Vec<Diagnostic> {
    let names: BTreeSet<&str> = repeatables.iter().map(|it| it.name.as_str()).collect();
    let mut diagnostics = Vec::new();
    for Repeatable { script, .. } in repeatables {
        let mut refuse = |message: String, span: Span, help: String| {
            let refused = Diagnostic::error("requires", message).at(&script.file, span);
            diagnostics.push(refused.help(help));
        };
        for &(version, span) in &script.requires {
            if migrations
                .binary_search_by_key(&version, |it| it.version)
                .is_err()
            {
                let message = format!("version {version} is required, but there is none");
                refuse(
                    message,
                    span,
                    "name migrations of this directory".to_owned(),
                );
            }
        }
        for (name, span) in script
            .follows
            .iter()
            .filter(|(name, _)| !names.contains(&**name))
        {
            let help = match nearest(name, names.iter().copied()) {
                Some(known) => format!("did you mean `{known}`?"),
                None => "name other scripts of this folder, or versions".to_owned(),
            };
            refuse(
                format!("`{name}` is required, but there is no repeatable/{name}.sql"),
                *span,
                help,
            );
        }
    }
    diagnostics
}

#[cfg(test)]
mod tests {
    use super::{Repeatable, order};
    use crate::source::Source;

    /// Each as `name: what it requires`; the order, or what is refused with its files.
    fn ordered(all: &[&str]) -> Result<Vec<String>, Vec<String>> {
        let read = |described: &&str| {
            let (name, required) = described.split_once(':').expect("a name");
            let header = match required.trim() {
                "" => String::new(),
                required => format!("-- pgstrata: requires {required}\n"),
            };
            let text = Some(format!("{header}CREATE OR REPLACE VIEW v AS SELECT 1"));
            let source = Source {
                name: format!("repeatable/{name}.sql"),
                text,
            };
            Repeatable::read(name, &source).expect("a readable script")
        };
        let mut repeatables: Vec<Repeatable> = all.iter().map(read).collect();
        let found = order(&mut repeatables, &[]);
        if found.is_empty() {
            return Ok(repeatables.into_iter().map(|it| it.name).collect());
        }
        let shown = found.into_iter().map(|found| {
            let files: Vec<String> = found.labels.into_iter().map(|label| label.file).collect();
            format!("{} in {}", found.message, files.join(" "))
        });
        Err(shown.collect())
    }

    #[test]
    fn what_is_required_runs_before() {
        let names = |names: &[&str]| Ok(names.iter().map(|it| (*it).to_owned()).collect());
        assert_eq!(ordered(&[]), names(&[]));
        assert_eq!(ordered(&["a:", "b:", "c:"]), names(&["a", "b", "c"]));
        assert_eq!(
            ordered(&["a: c", "b:", "c: d", "d:", "e: a, b"]),
            names(&["b", "d", "c", "a", "e"])
        );
        assert_eq!(ordered(&["a: b, b", "b:"]), names(&["b", "a"]));
    }

    #[test]
    fn circles_and_unknown_names_are_refused() {
        let refused = |all: &[&str]| ordered(all).expect_err("refused");
        assert_eq!(
            refused(&["a: b", "b: c", "c: b", "d: d", "e: a"]),
            [
                "these require each other: `b` → `c` → `b` in repeatable/b.sql repeatable/c.sql",
                "these require each other: `d` → `d` in repeatable/d.sql",
            ]
        );
        assert_eq!(
            refused(&["a: 0007", "b: acount"]),
            [
                "version 7 is required, but there is none in repeatable/a.sql",
                "`acount` is required, but there is no repeatable/acount.sql in repeatable/b.sql",
            ]
        );
    }
}
