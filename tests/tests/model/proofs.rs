//! The page that keeps what the last long run came to.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::drive::Outcome;
use crate::known::{KNOWN_FAULTS, KNOWN_INTERRUPTED, KNOWN_TO_LEAVE};
use crate::support::cluster;

const HEADING: &str = "## Random histories";

/// The section as Markdown.
pub(crate) fn page(outcome: &Outcome) -> String {
    let Outcome {
        first,
        mix,
        divergences,
        seconds,
    } = outcome;
    let last = first + (mix.histories + divergences.len()) as u64 - 1;
    let commit = said("git", &["rev-parse", "--short=12", "HEAD"]);
    let date = said("date", &["-u", "+%Y-%m-%d"]);
    let histories = mix.histories + divergences.len();
    let found = match divergences.len() {
        0 => "none".to_owned(),
        count => count.to_string(),
    };
    let known = [KNOWN_FAULTS, KNOWN_INTERRUPTED, KNOWN_TO_LEAVE].concat();
    let known = known.iter().fold(String::new(), |said, (what, why)| {
        said + &format!("* {what}: {why}\n")
    });
    let known = if known.is_empty() {
        known
    } else {
        format!("\nLeft out, since the runtime is known to be wrong there:\n\n{known}")
    };
    format!(
        "{HEADING}\n\n\
         `tests/tests/model` plays directories, programs and faults that a seed decides, and compares \
         each database with a reference model and with what psql makes of the same files.\n\n\
         | | |\n| --- | --- |\n\
         | commit | {commit} |\n\
         | date | {date} |\n\
         | command | `PGSTRATA_MODEL_FIRST={first} PGSTRATA_MODEL_HISTORIES={histories} cargo test -p pgstrata-tests --test model random` |\n\
         | versions | PostgreSQL {server}, pgstrata {version} |\n\
         | seeds | {first} to {last} |\n\
         | programs that ran | {programs}, up to {most} at once |\n\
         | decisions of a person | {decided} |\n\
         | seconds | {seconds} |\n\
         | divergences | {found} |\n\n\
         {mix}{known}",
        server = cluster().server_version(),
        version = env!("CARGO_PKG_VERSION"),
        programs = mix.programs,
        most = mix.most_programs,
        decided = mix.decided,
    )
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|it| String::from_utf8_lossy(&it.stdout).trim().to_owned());
    text.unwrap_or_default()
}

/// Puts the section in the place of the one that is there.
pub(crate) fn write(section: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/proofs.md");
    let before = fs::read_to_string(&path).unwrap_or_else(|_| {
        "# Proofs\n\nWhat is too long for the test command, and what it last came to.\n".to_owned()
    });
    let start = before.find(HEADING);
    let (head, rest) = start.map_or((&*before, ""), |start| before.split_at(start));
    let tail = rest[rest.len().min(HEADING.len())..]
        .find("\n## ")
        .map_or("", |end| &rest[HEADING.len() + end..]);
    let page = format!("{}\n\n{}\n{tail}", head.trim_end(), section.trim_end());
    fs::write(path, page).unwrap();
}
