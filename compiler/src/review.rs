//! Runs the rules over the directory, and lets `allow` and the settings judge what they
//! find.

#[cfg(feature = "full")]
mod history;

use crate::diagnostic::{Diagnostic, Severity};
use crate::finding::{Finding, Note};
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

/// Makes findings of the rule `syntax` out of its own: what else a parser says.
pub type Second<'a> = dyn FnMut(&Script, Vec<Finding>) -> Vec<Finding> + 'a;

/// Runs the rules over every script that the settings do not except, with a second opinion
/// about the syntax where there is one.
pub fn check(
    migrations: &[Migration],
    repeatables: &[Repeatable],
    settings: &Settings,
    depth: Depth,
    second: Option<&mut Second<'_>>,
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
    let mut review = Review { migrations, asked: &asked, settings, second };
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

/// The rule for which there is a second opinion.
const SYNTAX: &str = "syntax";

type Found<'a> = Vec<(&'a Rule, Finding)>;

/// The rules of one run, and what is thought of their findings.
struct Review<'a, 's> {
    migrations: &'a [Migration],
    asked: &'a [&'a Rule],
    settings: &'a Settings,
    second: Option<&'a mut Second<'s>>,
}

impl<'a> Review<'a, '_> {
    /// The rules that look at one file by itself.
    fn alone(&mut self, script: &Script) -> Found<'a> {
        let mut found = Vec::new();
        for rule in self.asked {
            #[cfg_attr(not(feature = "full"), expect(irrefutable_let_patterns))]
            if let Check::Script(check) = rule.check {
                let mut findings = check(script);
                if let Some(second) = self.second.as_mut().filter(|_| rule.id == SYNTAX) {
                    findings = second(script, findings);
                }
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
                    && allow.statement.is_none_or(|index| index == finding.statement)
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

    fn diagnostic(&self, rule: &Rule, script: &Script, finding: Finding) -> Option<Diagnostic> {
        let severity = match level(rule, self.settings) {
            Level::Deny => Severity::Error,
            Level::Warn => Severity::Warning,
            Level::Off => return None,
        };
        let diagnostic = Diagnostic { severity, ..Diagnostic::error(rule.id, finding.message) };
        let diagnostic = diagnostic.at(&script.file, finding.span);
        let labelled = finding.notes.into_iter().fold(diagnostic, |diagnostic, note| {
            let Note { version, span, text } = note;
            let made = version.and_then(|version| self.file_of(version));
            diagnostic.labelled(made.unwrap_or(&script.file), span, text)
        });
        Some(labelled.why(rule.why).help(finding.help))
    }

    /// The up file of a version.
    fn file_of(&self, version: u64) -> Option<&'a str> {
        let found = self.migrations.binary_search_by_key(&version, |it| it.version).ok()?;
        Some(&self.migrations[found].up.file)
    }
}

/// What the settings say, else the rule itself.
fn level(rule: &Rule, settings: &Settings) -> Level {
    settings.levels.get(rule.id).copied().unwrap_or(rule.level)
}

/// What the settings refuse, and this build cannot find.
fn denied_elsewhere(settings: &Settings) -> Vec<Diagnostic> {
    let denied = settings.levels.iter().filter(|(_, level)| **level == Level::Deny);
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
    Diagnostic::error("directive", format!("`{id}` is no rule that can be allowed")).help(help)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::{Depth, check};
    use crate::diagnostic::{Diagnostic, Severity};
    use crate::file_name::Purpose;
    use crate::migration::Migration;
    use crate::repeatable::Repeatable;
    use crate::rules::{Rule, certain, ids};
    use crate::script::Script;
    use crate::settings::{Level, Settings};
    use crate::source::Source;
    use crate::span::position;

    #[cfg(feature = "full")]
    const DEEPEST: Depth = Depth::Full;
    #[cfg(not(feature = "full"))]
    const DEEPEST: Depth = Depth::Certain;

    /// Runs an example: earlier migrations above `-- then:`, and below `-- its down file:`
    /// the way back; without one there is none. Files have the number of their version.
    fn findings(text: &str) -> Vec<Diagnostic> {
        findings_with(&Settings::default(), text, DEEPEST)
    }

    fn findings_with(settings: &Settings, text: &str, depth: Depth) -> Vec<Diagnostic> {
        let (text, repeatables) = match text.split_once(REPEATABLE) {
            Some((text, repeatable)) => {
                let text_of = Some(repeatable.to_owned());
                let source = Source { name: "repeatable/r.sql".to_owned(), text: text_of };
                (text, vec![Repeatable::read("r", &source).expect("a readable file")])
            }
            None => (text, Vec::new()),
        };
        let migrations: Vec<Migration> = text
            .split("-- then:\n")
            .enumerate()
            .map(|(index, text)| {
                let down = text.split_once(DOWN);
                let (up, down) = down.unwrap_or((text, "-- pgstrata: irreversible an example"));
                let version = index as u64 + 1;
                let read = |file: &str, text, purpose| {
                    Script::read(file, text, purpose).expect("a readable file")
                };
                Migration {
                    version,
                    label: format!("{version}_example"),
                    up: read(&format!("{version}.up.sql"), up, Purpose::Up),
                    down: read(&format!("{version}.down.sql"), down, Purpose::Down),
                    verify: None,
                }
            })
            .collect();
        check(&migrations, &repeatables, settings, depth, None)
    }

    const REPEATABLE: &str = "-- in repeatable/r.sql:\n";

    const DOWN: &str = "-- its down file:\n";

    /// The settings under which an example is looked at: the rule is not off.
    fn settings_for(rule: &Rule) -> Settings {
        let level = if rule.level == Level::Deny { "deny" } else { "warn" };
        let text = format!("postgres = '14'\n[rules]\n{} = '{level}'", rule.id);
        Settings::parse(&text, &ids()).expect("good settings")
    }

    /// Where a rule finds what in an example, `line:column-column message`.
    fn found(rule: &Rule, text: &str) -> Vec<String> {
        let findings = findings_with(&settings_for(rule), text, DEEPEST);
        let found = findings.iter().filter(|found| found.rule == rule.id).map(|found| {
            let (label, span) = (&found.labels[0], found.labels[0].span.expect("a place"));
            let span = span.shifted(start_of(&label.file, text));
            let (begin, end) = (position(text, span.start), position(text, span.end));
            let line = text.lines().nth(begin.line - 1).expect("a line").chars().count();
            let last = if end.line == begin.line { end.column - 1 } else { line };
            format!("{}:{}-{last} {}", begin.line, begin.column, found.message)
        });
        found.collect()
    }

    /// Where a file begins in its example.
    fn start_of(file: &str, text: &str) -> usize {
        let behind = |text: &str, mark: &str| text.find(mark).expect("its part") + mark.len();
        let (number, rest) = file.split_once('.').expect("a version");
        let Ok(number) = number.parse::<usize>() else {
            return behind(text, REPEATABLE);
        };
        let part = text.split("-- then:\n").nth(number - 1).expect("its text");
        let start = part.as_ptr() as usize - text.as_ptr() as usize;
        start + if rest == "down.sql" { behind(part, DOWN) } else { 0 }
    }

    /// Every rule that finds anything in this build.
    fn asked() -> impl Iterator<Item = &'static Rule> {
        crate::rules::all().filter(|rule| rule.id != super::SYNTAX || cfg!(feature = "syntax"))
    }

    /// Where its files lie.
    fn folder(rule: &Rule) -> &'static str {
        let is_certain = certain::RULES.iter().any(|other| other.id == rule.id);
        if is_certain { "certain" } else { "full" }
    }

    /// What the lines of carets say: `--   ^^^^ message` under the place. Carets right
    /// behind the dashes begin at the first column.
    fn expected(text: &str) -> Vec<String> {
        let mut line_of_code = 0;
        let mut expected = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let Some((marks, message)) = carets(line) else {
                line_of_code = index + 1;
                continue;
            };
            let (first, last) = (marks.find('^').expect("a caret") + 1, marks.len());
            let first = if first == 3 { 1 } else { first };
            expected.push(format!("{line_of_code}:{first}-{last} {message}"));
        }
        expected
    }

    /// A line of carets, and what stands behind them.
    fn carets(line: &str) -> Option<(&str, &str)> {
        let rest = line.strip_prefix("--")?.trim_start();
        let message = rest.trim_start_matches('^');
        let marks = &line[..line.len() - message.len()];
        (rest.starts_with('^')).then_some((marks, message.trim()))
    }

    /// The example with the carets that belong there.
    fn marked(text: &str, found: &[String]) -> String {
        let mut marked = String::new();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| carets(line).is_none()) {
            marked.push_str(line);
            marked.push('\n');
            let of_line =
                |found: &&String| found.split(':').next() == Some(&(index + 1).to_string());
            for found in found.iter().filter(of_line) {
                let (place, message) = found.split_once(' ').expect("a message");
                let (first, last) =
                    place.split_once(':').expect("a column").1.split_once('-').expect("an end");
                let (first, last): (usize, usize) =
                    (first.parse().expect("a column"), last.parse().expect("a column"));
                let first = if first == 1 { 3 } else { first };
                let _ = writeln!(
                    marked,
                    "--{}{} {message}",
                    " ".repeat(first - 3),
                    "^".repeat(last + 1 - first)
                );
            }
        }
        marked
    }

    fn examples(text: &str) -> Vec<&str> {
        text.split("-- or:\n").collect()
    }

    /// After a change of a rule, write the carets with `PGSTRATA_OVERWRITE=1`, and read them.
    #[test]
    fn every_rule_finds_its_bad_examples_where_they_say_so() {
        let mut wrong = Vec::new();
        for rule in asked() {
            let examples = examples(rule.examples.bad);
            if std::env::var_os("PGSTRATA_OVERWRITE").is_some() {
                let marked: Vec<_> =
                    examples.iter().map(|text| marked(text, &found(rule, text))).collect();
                let file =
                    format!("src/rules/{}/{}/bad.sql", folder(rule), rule.id.replace('-', "_"));
                std::fs::write(file, marked.join("-- or:\n")).expect("the example is written");
                continue;
            }
            for text in examples {
                let (mut found, mut expected) = (found(rule, text), expected(text));
                found.sort();
                expected.sort();
                if found != expected || found.is_empty() {
                    wrong.push(format!("{}: found {found:#?}, expected {expected:#?}", rule.id));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn every_rule_passes_its_good_examples() {
        let mut wrong = Vec::new();
        for rule in asked() {
            for text in examples(rule.examples.good) {
                wrong.extend(found(rule, text).iter().map(|found| format!("{}: {found}", rule.id)));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn every_rule_can_be_allowed_with_a_reason() {
        for rule in asked() {
            let allow = format!("-- pgstrata: allow {}: on purpose\n", rule.id);
            for bad in examples(rule.examples.bad) {
                // Everything in it is allowed, and all that is said is said of it.
                let text = ["-- then:\n", DOWN, REPEATABLE]
                    .iter()
                    .fold(allow.clone() + bad, |text, mark| {
                        text.replace(mark, &format!("{mark}{allow}"))
                    });
                let findings = findings_with(&settings_for(rule), &text, DEEPEST);
                let of_it = findings.iter().filter(|found| found.rule == rule.id).count();
                assert_eq!(of_it, 0, "{}: {findings:?}", rule.id);
            }
        }
    }

    #[test]
    #[cfg(feature = "full")]
    fn a_finding_also_points_at_what_it_has_to_do_with() {
        let second = |text: &str| {
            let found = findings(text);
            let label = found[0].labels.get(1).unwrap_or_else(|| panic!("{found:?}"));
            let span = label.span.map(|span| (span.start, span.end));
            (label.file.clone(), span, label.text.clone())
        };
        let born =
            "SELECT 1;\nCREATE TABLE t (a int);\n-- then:\nALTER TABLE t ADD b int;\n-- then:\n";
        for statement in ["CREATE INDEX i ON t (a)", "ALTER TABLE t DROP COLUMN a", "TRUNCATE t"] {
            let (file, span, text) = second(&format!("{born}{statement}"));
            let expected = "`t` is made here, so by now it may have rows";
            assert_eq!((&*file, span, &*text), ("1.up.sql", Some((10, 32)), expected));
        }
        let replaced =
            "CREATE MATERIALIZED VIEW t AS SELECT 1;\n-- then:\nREFRESH MATERIALIZED VIEW t";
        assert_eq!(second(replaced).1, Some((0, 38)));

        let (file, span, text) = second("COMMIT");
        assert_eq!((&*file, span), ("1.up.sql", None));
        assert!(text.contains("the whole file is one transaction"), "{text}");
        let (file, span, _) = second("-- pgstrata: no-transaction\nCOMMIT");
        assert_eq!((&*file, span), ("1.up.sql", Some((0, 27))));
    }

    #[test]
    #[cfg(feature = "full")]
    fn what_the_oldest_server_cannot_do_is_not_asked_for() {
        let text = "CREATE TABLE t (a date) PARTITION BY RANGE (a);\n-- then:\n\
                    ALTER TABLE t DETACH PARTITION p;";
        let detached = |settings: &str| {
            let settings = Settings::parse(settings, &ids()).expect("good settings");
            let found = findings_with(&settings, text, DEEPEST);
            found.iter().any(|found| found.rule == "blocking-detach")
        };
        assert!(detached("") && detached("postgres = '14'"));
        assert!(!detached("postgres = ['13', '18']"));
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
        let full = |settings: &str, text: &str| check(settings, text, DEEPEST);
        let level = |level: &str| format!("[rules]\npsql-variable = '{level}'");
        assert_eq!(full("", "GRANT a TO :a"), [Severity::Error]);
        assert_eq!(full(&level("deny"), "GRANT a TO :a"), [Severity::Error]);
        assert_eq!(full(&level("warn"), "GRANT a TO :a"), [Severity::Warning]);
        assert_eq!(full(&level("off"), "GRANT a TO :a"), []);
        let allowed = "-- pgstrata: allow psql-variable: why\nGRANT a TO :a";
        assert_eq!(full(&level("off"), allowed), [], "its allow is not called unused");
    }

    #[test]
    #[cfg(feature = "full")]
    fn settings_decide_what_a_full_check_asks() {
        let check = |settings: &str, text: &str, depth| {
            let settings = Settings::parse(settings, &ids()).expect("good settings");
            let found = findings_with(&settings, text, depth);
            found.into_iter().map(|found| found.severity).collect::<Vec<_>>()
        };
        let drop = "CREATE TABLE account (id bigint);\n-- then:\nDROP TABLE account;";
        assert_eq!(check("", drop, Depth::Certain), [], "the macro leaves warnings to check");
        let taste = |settings: &str| check(settings, "CREATE TYPE t AS ENUM ('a')", DEEPEST);
        assert_eq!(taste(""), [], "a matter of taste is off");
        assert_eq!(taste("[rules]\nnew-enum = 'warn'"), [Severity::Warning]);

        let denied = "[rules]\ndrop-table = 'deny'";
        assert_eq!(check(denied, drop, Depth::Certain), [Severity::Error]);
    }

    #[test]
    #[cfg(not(feature = "full"))]
    fn what_is_denied_and_cannot_be_asked_is_said() {
        let messages = |settings: &str| {
            let settings = Settings::parse(settings, &ids()).expect("good settings");
            let found = findings_with(&settings, "SELECT 1", Depth::Certain);
            found.into_iter().map(|found| found.message).collect::<Vec<_>>()
        };
        let said = ["`drop-table` is denied, but not asked here"];
        assert_eq!(messages("[rules]\ndrop-table = 'deny'"), said);
        assert!(messages("[rules]\ndrop-table = 'warn'\npsql-variable = 'deny'").is_empty());
    }
}
