//! Runs the rules over the directory, and lets `allow` and the settings judge what they
//! find.

#[cfg(feature = "full")]
mod history;

use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::{Note, RuleFinding};
use crate::migration::Migration;
use crate::repeatable::Repeatable;
use crate::rules::{self, Check, Rule, ids};
use crate::script::Script;
use crate::settings::{Level, Settings};
use crate::source::SETTINGS_FILE;
use crate::spelling::nearest;

/// How much is looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Depth {
    /// What is certain in one file: the rules that refuse it.
    Certain,
    /// All rules, with the history replayed.
    #[cfg(feature = "full")]
    Full,
}

impl Depth {
    /// Whether also those rules are asked that only warn.
    fn is_full(self) -> bool {
        self != Self::Certain
    }
}

/// Finds what the rule `syntax` finds, in its place: a parser that knows better.
pub type Second<'a> = dyn FnMut(&Script) -> Vec<RuleFinding> + 'a;

/// Runs the rules over every script that the settings do not except, with a second opinion
/// about the syntax where there is one. What `sealed` says of cannot change.
pub fn check(
    migrations: &[Migration],
    repeatables: &[Repeatable],
    settings: &Settings,
    depth: Depth,
    second: Option<&mut Second<'_>>,
    sealed: &dyn Fn(&Script) -> bool,
) -> Vec<Diagnostic> {
    let mut allowed: Vec<&str> = migrations
        .iter()
        .flat_map(Migration::scripts)
        .chain(repeatables.iter().map(|repeatable| &repeatable.script))
        .flat_map(|script| script.allows.iter().map(|allow| allow.rule.as_str()))
        .collect();
    allowed.sort_unstable();
    let has_parser = cfg!(feature = "syntax") || second.is_some();
    // A rule that is off still runs where it is allowed, so that the `allow` counts as used.
    let is_asked = |rule: &Rule| match level(rule, settings) {
        _ if rule.id == SYNTAX && !has_parser => false,
        Level::Deny => true,
        // What refuses by itself is certain, also where a team only wants to be warned.
        Level::Warn => depth.is_full() || rule.level == Level::Deny,
        Level::Off => depth.is_full() && allowed.binary_search(&rule.id).is_ok(),
    };
    let asked: Vec<&Rule> = rules::all().filter(|rule| is_asked(rule)).collect();
    #[cfg(feature = "full")]
    let mut history = history::History::new(&asked, settings);
    let mut review = Review {
        migrations,
        asked: &asked,
        settings,
        second,
        sealed,
    };
    let mut diagnostics = denied_elsewhere(settings);
    for migration in migrations {
        let (up, down) = (review.alone(&migration.up), review.alone(&migration.down));
        #[cfg(feature = "full")]
        let (up, down) = history.migration(migration, up, down);
        if !settings.are_rules_for(migration.version) {
            continue;
        }
        diagnostics.extend(review.judged(&migration.up, up));
        diagnostics.extend(review.judged(&migration.down, down));
        if let Some(verify) = &migration.verify {
            let found = review.alone(verify);
            diagnostics.extend(review.judged(verify, found));
        }
    }
    for repeatable in repeatables {
        let found = review.alone(&repeatable.script);
        #[cfg(feature = "full")]
        let found = history.repeatable(&repeatable.script, found);
        diagnostics.extend(review.judged(&repeatable.script, found));
    }
    diagnostics
}

/// What a SQL test cannot have either. It runs in a transaction that is rolled back, so it may set what it
/// likes, and a statement that must fail says so itself.
#[cfg(feature = "full")]
const OF_TESTS: [&str; 7] = [
    SYNTAX,
    "invisible-character",
    "transaction-control",
    "transaction-control-in-do",
    "not-in-transaction",
    "psql-variable",
    "duplicate-assignment",
];

/// Asks them of one test.
#[cfg(feature = "full")]
pub(crate) fn check_test(test: &Script, settings: &Settings) -> Vec<Diagnostic> {
    let is_asked = |rule: &&Rule| {
        let has_parser = rule.id != SYNTAX || cfg!(feature = "syntax");
        OF_TESTS.contains(&rule.id) && has_parser
    };
    let asked: Vec<&Rule> = rules::all().filter(is_asked).collect();
    let mut review = Review {
        migrations: &[],
        asked: &asked,
        settings,
        second: None,
        sealed: &|_| false,
    };
    let mut found = review.alone(test);
    found.retain(|(_, finding)| !test.expected_errors.contains_key(&finding.statement));
    review.judged(test, found)
}

/// Without a parser only the server finds syntax errors.
pub(crate) fn not_asked() -> Diagnostic {
    Diagnostic::warning("not-asked", "syntax errors are not looked for here")
        .in_file("")
        .why("this build goes without the parser, which needs Rust 1.94")
        .help(format!(
            "add `features = [\"syntax\"]` to the dependency; `syntax = \"off\"` under `[rules]` in \
             {SETTINGS_FILE} turns the rule off everywhere"
        ))
}

/// The rule for which there is a second opinion.
const SYNTAX: &str = "syntax";

/// What to do about it in a file that cannot change.
const SEALED: &str = "this file is sealed: if a server has accepted it, write `-- pgstrata: allow syntax: \
     <reason>` above the statement; if it was never released, correct it and seal it again with \
     `cargo pgstrata lock --amend`";

type Found<'a> = Vec<(&'a Rule, RuleFinding)>;

/// The rules of one run, and what is thought of their findings.
struct Review<'a, 's> {
    migrations: &'a [Migration],
    asked: &'a [&'a Rule],
    settings: &'a Settings,
    second: Option<&'a mut Second<'s>>,
    sealed: &'a dyn Fn(&Script) -> bool,
}

impl<'a> Review<'a, '_> {
    /// The rules that look at one file by itself.
    fn alone(&mut self, script: &Script) -> Found<'a> {
        let mut found = Vec::new();
        for rule in self.asked {
            #[cfg_attr(not(feature = "full"), expect(irrefutable_let_patterns))]
            if let Check::Script(check) = rule.check {
                let findings = match &mut self.second {
                    Some(second) if rule.id == SYNTAX => second(script),
                    _ => check(script),
                };
                found.extend(findings.into_iter().map(|finding| (*rule, finding)));
            }
        }
        found
    }

    /// What is not allowed, and what is allowed in vain.
    fn judged(&self, script: &Script, found: Found<'_>) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        let mut used = vec![false; script.allows.len()];
        for (rule, finding) in found {
            let allowed = script.allows.iter().position(|allow| {
                allow.rule == rule.id
                    && allow
                        .statement
                        .is_none_or(|index| index == finding.statement)
            });
            match allowed {
                Some(index) => used[index] = true,
                None => diagnostics.extend(self.diagnostic(rule, script, finding)),
            }
        }
        for (allow, _) in script.allows.iter().zip(used).filter(|(_, used)| !used) {
            // A rule that was not asked has found nothing, and says nothing.
            let asked = self.asked.iter().any(|rule| rule.id == allow.rule);
            if asked || !ids().contains(&allow.rule.as_str()) {
                diagnostics.push(unused(&allow.rule).at(&script.file, allow.span));
            }
        }
        diagnostics
    }

    fn diagnostic(
        &self,
        rule: &Rule,
        script: &Script,
        mut finding: RuleFinding,
    ) -> Option<Diagnostic> {
        let severity = match level(rule, self.settings) {
            // It may be applied where a server has accepted it, and cannot be corrected there.
            Level::Deny if rule.id == SYNTAX && (self.sealed)(script) => {
                SEALED.clone_into(&mut finding.help);
                Severity::Warning
            }
            Level::Deny => Severity::Error,
            Level::Warn => Severity::Warning,
            Level::Off => return None,
        };
        let diagnostic = Diagnostic {
            severity,
            ..Diagnostic::error(rule.id, finding.message)
        };
        let diagnostic = diagnostic.at(&script.file, finding.span);
        let why = finding.why.unwrap_or(rule.why);
        let labelled = finding
            .notes
            .into_iter()
            .fold(diagnostic, |diagnostic, note| {
                let Note {
                    version,
                    span,
                    text,
                } = note;
                let made = version.and_then(|version| self.file_of(version));
                diagnostic.labelled(made.unwrap_or(&script.file), span, text)
            });
        Some(labelled.why(why).help(finding.help))
    }

    /// The up file of a version.
    fn file_of(&self, version: u64) -> Option<&'a str> {
        let found = self
            .migrations
            .binary_search_by_key(&version, |it| it.version)
            .ok()?;
        Some(&self.migrations[found].up.file)
    }
}

/// What the settings say, else the rule itself.
fn level(rule: &Rule, settings: &Settings) -> Level {
    settings.levels.get(rule.id).copied().unwrap_or(rule.level)
}

/// What the settings refuse, and this build cannot find.
fn denied_elsewhere(settings: &Settings) -> Vec<Diagnostic> {
    let denied = settings
        .levels
        .iter()
        .filter(|(_, level)| **level == Level::Deny);
    let elsewhere = denied.filter(|(id, _)| rules::all().all(|rule| rule.id != **id));
    let warnings = elsewhere.map(|(id, _)| {
        Diagnostic::warning("not-asked", format!("`{id}` is denied, but not asked here"))
            .in_file(SETTINGS_FILE)
            .why("the macro asks only what is certain in one file, which costs the least to build")
            .help("add `features = [\"full\"]` to the dependency on pgstrata")
    });
    warnings.collect()
}

fn unused(id: &str) -> Diagnostic {
    if ids().contains(&id) {
        return Diagnostic::warning("unused-allow", format!("`{id}` finds nothing here"))
            .help("remove the directive");
    }
    let help = match nearest(id, ids()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("the rules are {}", ids().join(", ")),
    };
    Diagnostic::error(
        "directive",
        format!("`{id}` is no rule that can be allowed"),
    )
    .help(help)
}

#[cfg(test)]
mod tests;
