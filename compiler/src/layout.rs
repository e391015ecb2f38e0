//! File names to pairs: every up has its down, every number its one migration.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::file_name::{BadName, FileName, Purpose, TIMESTAMP_DIGITS, repeatable_name};
use crate::settings::{Numbering, Settings};
use crate::source::{LOCK_FILE, SETTINGS_FILE, Source, Sources};

/// The files of one migration.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    /// Its number.
    pub version: u64,
    /// `0007_add_email`.
    pub label: &'a str,
    /// Applies it.
    pub up: &'a Source,
    /// Takes it back.
    pub down: &'a Source,
    /// Looks whether it has done what it should.
    pub verify: Option<&'a Source>,
}

/// What the file names say.
#[derive(Debug, Default)]
pub struct Layout<'a> {
    /// The complete pairs, ascending by version.
    pub pairs: Vec<Pair<'a>>,
    /// Every label that could be read, complete or not, ascending by version.
    pub labels: Vec<(u64, &'a str)>,
    /// The scripts that run again whenever they change, by name.
    pub repeatables: Vec<(&'a str, &'a Source)>,
    /// What is wrong with them.
    pub diagnostics: Vec<Diagnostic>,
}

type Files<'a> = Vec<(FileName<'a>, &'a Source)>;

/// Pairs the files of a directory.
pub fn layout<'a>(sources: &'a Sources, settings: &Settings) -> Layout<'a> {
    let mut layout = Layout::default();
    let mut versions: BTreeMap<u64, Files> = BTreeMap::new();
    for source in &sources.files {
        match FileName::parse(&source.name) {
            Ok(name) => versions
                .entry(name.version())
                .or_default()
                .push((name, source)),
            Err(bad) => layout.diagnostics.push(bad_name(bad, source)),
        }
    }
    for source in &sources.repeatables {
        match repeatable_name(&source.name) {
            Ok(name) => layout.repeatables.push((name, source)),
            Err(bad) => layout.diagnostics.push(bad_name(bad, source)),
        }
    }
    layout.repeatables.sort_unstable_by_key(|(name, _)| *name);
    if versions.is_empty() && layout.repeatables.is_empty() && layout.diagnostics.is_empty() {
        let help = format!(
            "create the first one with `cargo pgstrata new NAME --dir {}`",
            sources.directory
        );
        let message = "the migrations directory holds no migration";
        layout.diagnostics.push(
            Diagnostic::error("directory", message)
                .in_file("")
                .help(help),
        );
    }
    check_ignored(sources, settings, &mut layout.diagnostics);
    check_one_scheme(&versions, &mut layout.diagnostics);
    match settings.numbering {
        Numbering::Sequential => check_gaps(&versions, &mut layout.diagnostics),
        Numbering::Gaps => {}
        Numbering::Timestamp => check_timestamps(&versions, &mut layout.diagnostics),
    }
    layout
        .diagnostics
        .extend(check_from_a_version(&versions, settings));
    for (version, files) in versions {
        layout
            .labels
            .extend(labels(&files).into_iter().map(|label| (version, label)));
        match pair(version, &files) {
            Ok(pair) => layout.pairs.push(pair),
            Err(diagnostic) => layout.diagnostics.push(diagnostic),
        }
    }
    layout
}

/// Whether the settings say that a file is none of ours. A pattern that takes in a script
/// is refused, and hides nothing.
pub fn is_ignored(name: &str, settings: &Settings) -> bool {
    settings.ignores(last_part(name)) && !is_script(name)
}

fn is_script(name: &str) -> bool {
    FileName::parse(name).is_ok() || repeatable_name(name).is_ok()
}

fn last_part(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

fn bad_name(BadName { message, help }: BadName, source: &Source) -> Diagnostic {
    Diagnostic::error("file-name", message)
        .in_file(&source.name)
        .help(help)
}

fn labels<'a>(files: &Files<'a>) -> Vec<&'a str> {
    let mut labels: Vec<&str> = files.iter().map(|(name, _)| name.label).collect();
    labels.sort_unstable();
    labels.dedup();
    labels
}

/// The files of one version: exactly one up and one down of the same name, and perhaps one
/// that verifies.
fn pair<'a>(version: u64, files: &Files<'a>) -> Result<Pair<'a>, Diagnostic> {
    let of = |purpose| {
        files
            .iter()
            .filter(move |(name, _)| name.purpose == purpose)
            .collect::<Vec<_>>()
    };
    let (ups, downs, verifies) = (of(Purpose::Up), of(Purpose::Down), of(Purpose::Verify));
    match (&ups[..], &downs[..]) {
        ([(up_name, up)], [(down_name, down)]) if up_name.label == down_name.label => {
            let label = up_name.label;
            let mut verifies = verifies.iter();
            if let Some((name, other)) = verifies.clone().find(|(name, _)| name.label != label) {
                return Err(other_verify(name, other, up_name, up));
            }
            Ok(Pair {
                version,
                label,
                up,
                down,
                verify: verifies.next().map(|(_, it)| *it),
            })
        }
        ([(up_name, up)], [(_, down)]) => {
            let message = format!(
                "the two files of version {} have different names: `{}` and `{}`",
                up_name.digits, up.name, down.name
            );
            let help = format!(
                "rename one, for example `{}` to {}.down.sql; if they are two migrations, number one anew",
                down.name, up_name.label
            );
            let diagnostic = Diagnostic::error("pair-name", message).in_file(&up.name);
            Err(diagnostic
                .labelled(&down.name, None, "the other")
                .help(help))
        }
        ([(name, up)], []) => Err(missing(name, up, Purpose::Down)),
        ([], [(name, down)]) => Err(missing(name, down, Purpose::Up)),
        ([], []) if verifies.len() == 1 => Err(missing(&verifies[0].0, verifies[0].1, Purpose::Up)),
        _ => Err(duplicate(files)),
    }
}

fn other_verify(name: &FileName, verify: &Source, up_name: &FileName, up: &Source) -> Diagnostic {
    let message = format!("`{}` verifies no migration of this name", verify.name);
    let help = format!(
        "rename it to {}.verify.sql, or number it as the migration that it is about",
        up_name.label
    );
    let text = format!("version {} is this one", name.digits);
    Diagnostic::error("pair-name", message)
        .in_file(&verify.name)
        .labelled(&up.name, None, text)
        .help(help)
}

fn missing(name: &FileName, present: &Source, absent: Purpose) -> Diagnostic {
    let file = format!("{}.{}.sql", name.label, absent.word());
    let (rule, help) = match absent {
        Purpose::Up => (
            "missing-up",
            format!("write {file}, or remove `{}`", present.name),
        ),
        _ => (
            "missing-down",
            format!(
                "write {file}; if there is no way back, let it say `-- pgstrata: irreversible <reason>`"
            ),
        ),
    };
    Diagnostic::error(rule, format!("`{}` has no `{file}`", present.name))
        .in_file(&present.name)
        .help(help)
}

fn duplicate(files: &Files) -> Diagnostic {
    let labels = labels(files);
    let digits = files[0].0.digits;
    let list = labels
        .iter()
        .map(|label| format!("`{label}`"))
        .collect::<Vec<_>>()
        .join(" and ");
    let message = format!("version {digits} is used {} times: {list}", labels.len());
    let mut diagnostic = Diagnostic::error("duplicate-version", message)
        .why("which of them runs first, or at all, would depend on chance")
        .help("give each migration a number of its own");
    for (_, source) in files {
        diagnostic = diagnostic.labelled(&source.name, None, "");
    }
    diagnostic
}

/// Versions are compared as numbers and sorted as text by every other program, so all
/// of a directory have the same number of digits.
fn check_one_scheme(versions: &BTreeMap<u64, Files>, diagnostics: &mut Vec<Diagnostic>) {
    let mut files = versions.values().flatten();
    let Some((first, first_source)) = files.next() else {
        return;
    };
    if let Some((other, source)) = files.find(|(name, _)| name.digits.len() != first.digits.len()) {
        let message = format!(
            "versions of {} and of {} digits are mixed: `{}` and `{}`",
            first.digits.len(),
            other.digits.len(),
            first_source.name,
            source.name
        );
        diagnostics.push(
            Diagnostic::error("mixed-numbering", message)
                .in_file(&source.name)
                .labelled(&first_source.name, None, "the first")
                .why("other programs sort these names as text, where 10 comes before 9")
                .help("rename the files so that all versions have the same number of digits"),
        );
    }
}

/// What is ignored stands beside the migrations; it is none of them.
fn check_ignored(sources: &Sources, settings: &Settings, diagnostics: &mut Vec<Diagnostic>) {
    let ours = |name: &str| name == LOCK_FILE || is_script(name);
    for pattern in &settings.ignore {
        let hits =
            |source: &&Source| pattern.matches(last_part(&source.name)) && ours(&source.name);
        if let Some(hit) = sources.all().find(hits) {
            let message = format!("`{}` would ignore `{}`", pattern.text, hit.name);
            let diagnostic = Diagnostic::error("settings", message).at(SETTINGS_FILE, pattern.span);
            diagnostics.push(
                diagnostic
                    .why("a migration that is left out is missing in every database from then on")
                    .help("name what stands beside the migrations, such as \"*.md\""),
            );
        }
    }
}

/// Where the settings ask for timestamps; a mixture has been reported as such.
fn check_timestamps(versions: &BTreeMap<u64, Files>, diagnostics: &mut Vec<Diagnostic>) {
    let is_number = |name: &FileName| name.digits.len() != TIMESTAMP_DIGITS;
    let mut files = versions.values().flatten();
    let Some((name, source)) = files.next().filter(|(name, _)| is_number(name)) else {
        return;
    };
    if files.all(|(name, _)| is_number(name)) {
        let message = format!(
            "version {} is no timestamp, and {SETTINGS_FILE} asks for them",
            name.digits
        );
        let help = format!(
            "name both files like 20260131093000_{}, or write another `numbering`",
            name.name
        );
        diagnostics.push(
            Diagnostic::error("numbering", message)
                .in_file(&source.name)
                .help(help),
        );
    }
}

/// A slip in `check-from` would silence the rules: it is as wide as every version, and
/// not behind the next one, where that is known.
fn check_from_a_version(
    versions: &BTreeMap<u64, Files>,
    settings: &Settings,
) -> Option<Diagnostic> {
    let from = settings.check_from.as_ref()?;
    let (last, files) = versions.last_key_value()?;
    let width = files[0].0.digits.len();
    let contiguous = settings.numbering == Numbering::Sequential && width != TIMESTAMP_DIGITS;
    let refused = |message| Diagnostic::error("settings", message).at(SETTINGS_FILE, from.span);
    if from.digits.len() != width {
        let message = format!("`{}` is no version of {width} digits", from.digits);
        Some(refused(message).help("write it as the file names have it"))
    } else if contiguous && from.version > last + 1 {
        let message = format!(
            "there is no version {}; the last is {last:0width$}",
            from.digits
        );
        let help = format!("to leave out all there is, write \"{:0width$}\"", last + 1);
        Some(refused(message).help(help))
    } else {
        None
    }
}

/// Sequential numbers are contiguous; timestamps are not.
fn check_gaps(versions: &BTreeMap<u64, Files>, diagnostics: &mut Vec<Diagnostic>) {
    let is_timestamp = |files: &Files| files[0].0.digits.len() == TIMESTAMP_DIGITS;
    for ((before, files), (after, next)) in versions.iter().zip(versions.iter().skip(1)) {
        if is_timestamp(next) || before + 1 == *after {
            continue;
        }
        let (width, name) = (next[0].0.digits.len(), &next[next.len() - 1].1.name);
        let message = format!(
            "version {:0width$} is missing between `{}` and `{}`",
            before + 1,
            files[0].0.label,
            next[0].0.label
        );
        let help = format!(
            "number `{}` {:0width$}, or add the file that is missing",
            next[0].0.label,
            before + 1
        );
        let diagnostic = Diagnostic::error("gap", message).in_file(name);
        diagnostics.push(
            diagnostic
                .why("a number left out may be a file that was forgotten or lost")
                .help(help),
        );
    }
}

#[cfg(test)]
mod tests;
