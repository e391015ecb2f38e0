//! What the library says, in the words of the command line.
//!
//! The library does not know the commands of the program that calls it, so its sentences name functions.

use std::fmt::Display;
use std::sync::OnceLock;

/// What a program that brings the commands is called, and which of them it has.
static PROGRAM: OnceLock<(String, &[&str])> = OnceLock::new();

/// What our own programs are called.
const OURS: &str = "cargo pgstrata ";

/// From now on sentences name this program, where it has the command that they name.
pub(crate) fn name_program(program: String, commands: &'static [&'static str]) {
    let _ = PROGRAM.set((program, commands));
}

/// A text as whoever started this program would type what it names.
pub(crate) fn typed(text: String) -> String {
    match PROGRAM.get() {
        Some((program, commands)) => of_program(&text, program, commands),
        None => text,
    }
}

fn of_program(text: &str, program: &str, commands: &[&str]) -> String {
    let mut parts = text.split(OURS);
    let mut all = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|it: char| !it.is_ascii_lowercase() && it != '-');
        let has_it = commands.contains(&&part[..end.unwrap_or(part.len())]);
        let name = if has_it { program } else { OURS.trim_end() };
        all += &[name, " ", part].concat();
    }
    all
}

/// Names of the library between backticks, and what a person types instead.
const COMMANDS: [(&str, &str); 9] = [
    ("`Migrator::status`", "`cargo pgstrata status`"),
    ("`Migrator::up`", "`cargo pgstrata up`"),
    ("`Migrator::down`", "`cargo pgstrata down`"),
    ("`Goal::Redo`", "`cargo pgstrata redo`"),
    ("`Goal::Only`", "`cargo pgstrata up --only`"),
    ("`Goal::Repair`", "`cargo pgstrata repair`"),
    (
        "`Migrator::allow_contract`",
        "`cargo pgstrata up --phase contract` or `cargo pgstrata up --allow-contract`",
    ),
    ("`Migrator::allow_in_use`", "`--allow-in-use`"),
    ("`Migrator::behind_pooler`", "`--behind-pooler`"),
];

/// What is before a version and after it, and the same of the command.
const NUMBERED: [[&str; 4]; 2] = [
    [
        "`Goal::Repair(",
        ")`",
        "`cargo pgstrata repair ",
        " --reason …`",
    ],
    ["`Goal::Only(", ")`", "`cargo pgstrata up --only ", "`"],
];

/// Before a digest.
const STORED_DOWN: &str = "`Migrator::stored_down` with ";

pub(crate) fn said(it: impl Display) -> String {
    let mut text = it.to_string();
    for (name, command) in COMMANDS {
        text = text.replace(name, command);
    }
    for [before, after, command, end] in NUMBERED {
        while let Some((head, rest)) = text.split_once(before) {
            let (version, tail) = rest.split_once(after).unwrap_or((rest, ""));
            text = [head, command, version, end, tail].concat();
        }
    }
    while let Some((head, rest)) = text.split_once(STORED_DOWN) {
        let end = rest.find(|it: char| !it.is_ascii_hexdigit());
        let (sha256, tail) = rest.split_at(end.unwrap_or(rest.len()));
        text = format!("{head}`--stored-down {sha256}`{tail}");
    }
    typed(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_names_itself_where_it_has_the_command() {
        let check =
            |text, typed| assert_eq!(of_program(text, "shop-admin", &["up", "down"]), typed);
        check(
            "run `cargo pgstrata up --only 3`, or `cargo pgstrata lock`",
            "run `shop-admin up --only 3`, or `cargo pgstrata lock`",
        );
        check("cargo pgstrata down", "shop-admin down");
        check("nothing of it", "nothing of it");
    }

    #[test]
    fn names_become_commands() {
        let check = |library: &str, command| assert_eq!(said(library), command);
        check("see `Migrator::status`", "see `cargo pgstrata status`");
        check(
            "directly, or say `Migrator::behind_pooler`",
            "directly, or say `--behind-pooler`",
        );
        check(
            "use `Goal::Repair(3)`, or `Goal::Repair`",
            "use `cargo pgstrata repair 3 --reason …`, or `cargo pgstrata repair`",
        );
        check(
            "accept it: `Migrator::stored_down` with 0aF\nthen",
            "accept it: `--stored-down 0aF`\nthen",
        );
        check("or `Goal::Only(2)`", "or `cargo pgstrata up --only 2`");
        check("nothing of Migrator", "nothing of Migrator");
    }
}
