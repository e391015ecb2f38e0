//! Runs the rules over the directory, and lets `allow` and the settings judge what they
//! find.

use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostic, Severity};
use crate::directive::nearest;
use crate::file_name::Direction;
use crate::grammar;
use crate::migration::Migration;
use crate::rules::{self, Check, Finding, Moment, RULES, Replayed, Rule, SYNTAX, ids};
use crate::script::Script;
use crate::settings::{Level, Settings};

/// How much is looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Depth {
    /// What is certain in one file: the rules that refuse it.
    Certain,
    /// All rules, with the history replayed.
    Full,
}

/// What the parser of a server says about a script, beside our own: an error a statement
/// at most.
pub type Parser<'a> = dyn FnMut(&Script) -> Vec<Finding> + 'a;

/// Runs the rules over every script that the settings do not except.
pub fn check(migrations: &[Migration], settings: &Settings, depth: Depth) -> Vec<Diagnostic> {
    check_with(migrations, settings, depth, None)
}

/// The same, with the parser of a server.
pub fn check_with(
    migrations: &[Migration],
    settings: &Settings,
    depth: Depth,
    parser: Option<&mut Parser<'_>>,
) -> Vec<Diagnostic> {
    let mut asked: Vec<(&Rule, Level)> = RULES
        .iter()
        .map(|rule| (rule, level(rule, settings)))
        .filter(|(_, level)| depth == Depth::Full || *level == Level::Deny)
        .collect();
    if parser.is_some() && asked.iter().all(|(rule, _)| rule.id != SYNTAX.id) {
        asked.push((SYNTAX, level(SYNTAX, settings)));
    }
    // A rule that only warns by itself may ask for history; the others do not.
    let with_history = asked.iter().any(|(rule, _)| rule.level == Severity::Warning);
    let mut replay = Replay { catalog: Catalog::default(), asked, with_history, settings, parser };
    migrations.iter().flat_map(|migration| replay.migration(migration)).collect()
}

type Found<'a> = Vec<(&'a Rule, Finding)>;

/// The directory, migration by migration.
struct Replay<'a, 'p> {
    catalog: Catalog,
    asked: Vec<(&'a Rule, Level)>,
    with_history: bool,
    settings: &'a Settings,
    parser: Option<&'a mut Parser<'p>>,
}

impl<'a> Replay<'a, '_> {
    /// Applies the migration, tries its way back, and stands behind it.
    fn migration(&mut self, migration: &Migration) -> Vec<Diagnostic> {
        let mut up = self.alone(&migration.up);
        let mut down = self.alone(&migration.down);
        let before_up = self.catalog.mark();
        up.extend(self.statements(&migration.up, Direction::Up, migration.version));
        let before_down = self.catalog.mark();
        down.extend(self.statements(&migration.down, Direction::Down, migration.version));
        let replayed = Replayed { migration, catalog: &self.catalog, before_up, before_down };
        for (rule, _) in &self.asked {
            if let Check::Migration(check) = rule.check {
                down.extend(check(&replayed).into_iter().map(|finding| (*rule, finding)));
            }
        }
        self.catalog.undo_to(before_down);
        self.catalog.forget_journal();
        if !self.settings.are_rules_for(migration.version) {
            return Vec::new();
        }
        let mut diagnostics = self.judged(&migration.up, up);
        diagnostics.extend(self.judged(&migration.down, down));
        diagnostics
    }

    /// The rules that look at one file by itself.
    fn alone(&mut self, script: &Script) -> Found<'a> {
        let mut found = Vec::new();
        for (rule, _) in &self.asked {
            if let Check::Script(check) = rule.check {
                let mut findings = check(script);
                if let Some(parser) = self.parser.as_mut().filter(|_| rule.id == SYNTAX.id) {
                    findings = rules::joined(findings, parser(script), script);
                }
                found.extend(findings.into_iter().map(|finding| (*rule, finding)));
            }
        }
        found
    }

    /// Runs the script on the catalog, and the rules before each statement.
    fn statements(&mut self, script: &Script, direction: Direction, version: u64) -> Found<'a> {
        let mut found = Vec::new();
        for (statement, text) in script.statements().enumerate() {
            let read = if self.with_history { grammar::read } else { grammar::read_session };
            let action = &read(text);
            let catalog = &self.catalog;
            let moment = Moment { script, direction, statement, text, action, catalog, version };
            for (rule, _) in &self.asked {
                if let Check::Statement(check) = rule.check {
                    found.extend(check(&moment).into_iter().map(|finding| (*rule, finding)));
                }
            }
            if self.with_history {
                self.catalog.apply(action, text, version);
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
                    && allow.statement.is_none_or(|index| index == finding.statement)
            });
            match allowed {
                Some(index) => used[index] = true,
                None => diagnostics.extend(self.diagnostic(rule, script, finding)),
            }
        }
        for (allow, _) in script.allows.iter().zip(used).filter(|(_, used)| !used) {
            // A rule that was not asked has found nothing, and says nothing.
            let asked = self.asked.iter().any(|(rule, _)| rule.id == allow.rule);
            if asked || !ids().contains(&allow.rule.as_str()) {
                diagnostics.push(unused(&allow.rule).at(&script.file, allow.span));
            }
        }
        diagnostics
    }

    /// A rule that is off still runs, so that an `allow` of it counts as used.
    fn diagnostic(&self, rule: &Rule, script: &Script, finding: Finding) -> Option<Diagnostic> {
        let severity = match level(rule, self.settings) {
            Level::Deny => Severity::Error,
            Level::Warn => Severity::Warning,
            Level::Off => return None,
        };
        let diagnostic = Diagnostic { severity, ..Diagnostic::error(rule.id, finding.message) };
        Some(diagnostic.at(&script.file, finding.span).why(rule.why).help(finding.help))
    }
}

/// What the settings say, else the rule itself.
fn level(rule: &Rule, settings: &Settings) -> Level {
    let own = match rule.level {
        Severity::Error => Level::Deny,
        Severity::Warning => Level::Warn,
    };
    settings.levels.get(rule.id).copied().unwrap_or(own)
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
    Diagnostic::error("directive", format!("`{id}` is no rule that can be allowed")).help(help)
}

#[cfg(test)]
mod tests {
    use super::{Depth, check};
    use crate::diagnostic::{Diagnostic, Severity};
    use crate::file_name::Direction;
    use crate::migration::Migration;
    use crate::rules::{RULES, Rule, ids};
    use crate::script::Script;
    use crate::settings::Settings;

    /// Runs an example: an earlier migration above `-- then:`, and below
    /// `-- its down file:` the way back; without one there is none.
    fn findings(text: &str) -> Vec<Diagnostic> {
        findings_with(&Settings::default(), text, Depth::Full)
    }

    fn findings_with(settings: &Settings, text: &str, depth: Depth) -> Vec<Diagnostic> {
        let (earlier, text) = text.split_once("-- then:\n").unwrap_or(("SELECT 1;", text));
        let (up, down) = text
            .split_once("-- its down file:\n")
            .unwrap_or((text, "-- pgstrata: irreversible an example"));
        let migration = |version, up, down| Migration {
            version,
            label: format!("{version}_example"),
            up: Script::read("x.up.sql", up, Direction::Up).expect("a readable up file"),
            down: Script::read("x.down.sql", down, Direction::Down).expect("a readable down file"),
        };
        let earlier = migration(1, earlier, "-- pgstrata: irreversible an example");
        check(&[earlier, migration(2, up, down)], settings, depth)
    }

    fn of(rule: &Rule, text: &str) -> usize {
        findings(text).iter().filter(|found| found.rule == rule.id).count()
    }

    #[test]
    fn every_rule_finds_its_bad_example_and_passes_its_good_one() {
        for rule in RULES {
            assert!(of(rule, rule.examples.bad) > 0, "{} is blind", rule.id);
            assert_eq!(of(rule, rule.examples.good), 0, "{} is wrong", rule.id);
        }
    }

    #[test]
    fn every_rule_can_be_allowed_with_a_reason() {
        for rule in RULES {
            let allow = format!("-- pgstrata: allow {}: on purpose\n", rule.id);
            let bad = rule.examples.bad;
            let marks = ["-- its down file:\n", "-- then:\n"];
            let text = match marks.iter().find(|mark| bad.contains(**mark)) {
                Some(mark) => bad.replacen(mark, &format!("{mark}{allow}"), 1),
                None => allow + bad,
            };
            assert_eq!(of(rule, &text), 0, "{}: {:?}", rule.id, findings(&text));
        }
    }

    #[test]
    fn allows_without_effect_are_reported() {
        let messages =
            |text: &str| findings(text).into_iter().map(|found| found.message).collect::<Vec<_>>();
        assert_eq!(
            messages("-- pgstrata: allow psql-variable: why\nSELECT 1"),
            ["`psql-variable` finds nothing here"]
        );
        assert_eq!(
            messages("-- pgstrata: allow psql-varable: why\nSELECT 1"),
            ["`psql-varable` is no rule that can be allowed"]
        );
        let below = "-- pgstrata: allow psql-variable: why\nSELECT 1;\nSELECT :a";
        assert!(messages(below).is_empty(), "an allow in the header is for the whole file");
        let other = "SELECT 1;\n-- pgstrata: allow psql-variable: why\nSELECT 2;\nSELECT :a";
        assert_eq!(messages(other).len(), 2, "an allow above a statement is for that one");
    }

    #[test]
    fn settings_decide_what_a_finding_comes_to() {
        let check = |settings: &str, text: &str, depth| {
            let settings = Settings::parse(settings, &ids()).expect("good settings");
            let found = findings_with(&settings, text, depth);
            found.into_iter().map(|found| found.severity).collect::<Vec<_>>()
        };
        let full = |settings: &str, text: &str| check(settings, text, Depth::Full);
        let level = |level: &str| format!("[rules]\npsql-variable = '{level}'");
        assert_eq!(full("", "GRANT a TO :a"), [Severity::Error]);
        assert_eq!(full(&level("deny"), "GRANT a TO :a"), [Severity::Error]);
        assert_eq!(full(&level("warn"), "GRANT a TO :a"), [Severity::Warning]);
        assert_eq!(full(&level("off"), "GRANT a TO :a"), []);
        let allowed = "-- pgstrata: allow psql-variable: why\nGRANT a TO :a";
        assert_eq!(full(&level("off"), allowed), [], "its allow is not called unused");

        let drop = "CREATE TABLE account (id bigint);\n-- then:\nDROP TABLE account;";
        assert_eq!(check("", drop, Depth::Certain), [], "the macro leaves warnings to check");
        let denied = "[rules]\ndrop-table = 'deny'";
        assert_eq!(check(denied, drop, Depth::Certain), [Severity::Error]);
    }
}
