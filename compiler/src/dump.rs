//! A script of `pg_dump`, as it is, is for psql: all that a migration cannot have of it, said at once.

use crate::diagnostic::{Diagnostic, ITS_FILE};
use crate::session;
use crate::span::{Span, position};
use crate::split::Split;
use crate::statement::Statement;

/// Settings of its preamble that a migration has no use for (PostgreSQL:
/// `src/bin/pg_dump/pg_backup_archiver.c`, `_doSetFixedOutputState`).
const USELESS: [&str; 6] = [
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "transaction_timeout",
    "client_encoding",
    "standard_conforming_strings",
];

/// Those that what follows is written for.
const NEEDED: [&str; 8] = [
    "search_path",
    "check_function_bodies",
    "xmloption",
    "client_min_messages",
    "escape_string_warning",
    "row_security",
    "default_tablespace",
    "default_table_access_method",
];

/// More places than these are counted only.
const SHOWN: usize = 12;

/// One thing that is psql's or the session's.
struct Refused {
    what: What,
    span: Span,
    /// Index of the statement, where it is one.
    statement: Option<usize>,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum What {
    Command,
    Setting,
    Rows,
}

/// Takes out of a script of `pg_dump` what is psql's and the session's, and makes one diagnostic of it.
///
/// What else is wrong with the script is left, and said beside it.
pub(crate) fn taken_out(file: &str, text: &str, split: &mut Split) {
    if !is_dump(text, split) {
        return;
    }
    let places = places(text, split);
    if places.is_empty() {
        return;
    }
    let gone: Vec<usize> = places.iter().filter_map(|place| place.statement).collect();
    let mut index = 0;
    split.statements.retain(|_| {
        index += 1;
        !gone.contains(&(index - 1))
    });
    split.diagnostics.retain(|it| !is_told(text, it));
    split.diagnostics.push(told(file, text, &places));
}

/// Its header says so, or what it begins with: since a name may hold a command of psql, or before.
fn is_dump(text: &str, split: &Split) -> bool {
    let is_header =
        |comment: &crate::lexer::Token| comment.span.of(text) == "-- PostgreSQL database dump";
    split.comments.iter().any(is_header)
        || split
            .diagnostics
            .iter()
            .any(|it| is_command(text, it, r"\restrict"))
        || statements(text, split).any(clears_path) && statements(text, split).any(sets)
}

fn statements<'a>(text: &'a str, split: &'a Split) -> impl Iterator<Item = Statement<'a>> {
    let ranges = split.statements.iter();
    ranges.map(|range| Statement::new(text, &split.tokens[range.clone()]))
}

/// `SELECT pg_catalog.set_config('search_path', '', false)`
fn clears_path(statement: Statement<'_>) -> bool {
    let words = [
        "SELECT",
        "pg_catalog",
        ".",
        "set_config",
        "(",
        "'search_path'",
        ",",
        "''",
        ",",
        "false",
        ")",
    ];
    statement.begins(&words)
}

/// `SET name = …`, as `pg_dump` writes it.
fn sets(statement: Statement<'_>) -> bool {
    let mut known = USELESS.iter().chain(&NEEDED);
    known.any(|name| statement.begins(&["SET", name, "="]))
        && session::set(statement).is_some_and(|set| !set.local)
}

fn places(text: &str, split: &Split) -> Vec<Refused> {
    let set = statements(text, split)
        .enumerate()
        .filter(|(_, statement)| clears_path(*statement) || sets(*statement));
    let mut places: Vec<Refused> = set
        .map(|(index, statement)| Refused {
            what: What::Setting,
            span: statement.span(),
            statement: Some(index),
        })
        .collect();
    for diagnostic in split.diagnostics.iter().filter(|it| is_told(text, it)) {
        let what = match diagnostic.rule {
            "copy-from-stdin" => What::Rows,
            _ => What::Command,
        };
        places.extend(span(diagnostic).map(|span| Refused {
            what,
            span,
            statement: None,
        }));
    }
    places.sort_by_key(|place| place.span.start);
    places
}

/// Whether a mistake is one that `pg_dump` makes for psql.
fn is_told(text: &str, diagnostic: &Diagnostic) -> bool {
    diagnostic.rule == "copy-from-stdin"
        || is_command(text, diagnostic, r"\restrict")
        || is_command(text, diagnostic, r"\unrestrict")
}

fn is_command(text: &str, diagnostic: &Diagnostic, command: &str) -> bool {
    let word = span(diagnostic).map(|span| {
        let rest = &text.as_bytes()[span.start..];
        let end = rest.iter().position(u8::is_ascii_whitespace);
        &rest[..end.unwrap_or(rest.len())]
    });
    diagnostic.rule == "psql-command" && word == Some(command.as_bytes())
}

fn span(diagnostic: &Diagnostic) -> Option<Span> {
    diagnostic.labels.first()?.span
}

fn told(file: &str, text: &str, places: &[Refused]) -> Diagnostic {
    let count = |what| places.iter().filter(|place| place.what == what).count();
    let rows = count(What::Rows);
    let mut parts = Vec::new();
    for (number, one, many) in [
        (count(What::Command), "command of psql", "commands of psql"),
        (
            count(What::Setting),
            "setting of the session",
            "settings of the session",
        ),
        (rows, "COPY with its rows", "COPY with their rows"),
    ] {
        match number {
            0 => {}
            1 => parts.push(format!("1 {one}")),
            _ => parts.push(format!("{number} {many}")),
        }
    }
    let message = format!(
        "pg_dump has written this for psql, and a migration cannot have {}",
        parts.join(", ")
    );
    let groups = groups(places);
    let mut diagnostic = Diagnostic::error("pg-dump", message);
    for group in groups.iter().take(SHOWN) {
        diagnostic = diagnostic.labelled(file, Some(group[0].span), said(text, group));
    }
    if let Some(rest) = groups.get(SHOWN..).filter(|rest| !rest.is_empty()) {
        let lines = rest.iter().map(|group| lines(text, group));
        let lines = lines.collect::<Vec<_>>().join(", ");
        diagnostic = diagnostic.labelled(file, None, format!("and {lines}"));
    }
    diagnostic
        .why("the server does not know psql's commands, and a setting would outlive the migration")
        .help(help(rows > 0))
}

/// Settings with nothing else between them are one place.
fn groups(places: &[Refused]) -> Vec<&[Refused]> {
    let joined = |one: &Refused, next: &Refused| match (one.statement, next.statement) {
        (Some(one), Some(next)) => one + 1 == next,
        _ => false,
    };
    places.chunk_by(joined).collect()
}

fn said(text: &str, group: &[Refused]) -> String {
    let lines = lines(text, group);
    match group[0].what {
        What::Command => "a command of psql".to_owned(),
        What::Setting => format!("for the rest of the session: {lines}"),
        What::Rows => "rows that psql would send".to_owned(),
    }
}

fn lines(text: &str, group: &[Refused]) -> String {
    let line = |place: &Refused| position(text, place.span.start).line;
    match (line(&group[0]), line(&group[group.len() - 1])) {
        (first, last) if first == last => format!("line {first}"),
        (first, last) => format!("lines {first} to {last}"),
    }
}

/// Deletes psql's commands and the settings of no use, and lets the others end with the migration.
/// What `pg_dump` writes stands at the start of a line, in this spelling.
fn help(has_rows: bool) -> String {
    let program = format!(
        r"'next if /^\\(un)?restrict |^SET ({}) = /; s/^SET (?=({}) = )/SET LOCAL /; s/^(SELECT pg_catalog\.set_config\(.search_path., .., )false/$1true/; print'",
        USELESS.join("|"),
        NEEDED.join("|"),
    );
    if has_rows {
        format!(
            "write it again without rows, and change it on the way (with your options of pg_dump for the \
             connection; `--inserts` in place of `--schema-only` keeps the rows): pg_dump --schema-only \
             --no-owner --no-privileges | perl -ne {program} > {ITS_FILE}"
        )
    } else {
        format!("change it so: perl -i -ne {program} {ITS_FILE}")
    }
}

#[cfg(test)]
mod tests {
    use crate::file_name::Purpose;
    use crate::script::Script;

    const DUMP: &str = "\\restrict abcDEF123\n\
    SET statement_timeout = 0;\n\
    SET client_encoding = 'UTF8';\n\
    SELECT pg_catalog.set_config('search_path', '', false);\n\
    SET check_function_bodies = false;\n\
    \n\
    CREATE TABLE public.item (id integer NOT NULL, name text);\n\
    SET default_tablespace = '';\n\
    COPY public.item (id, name) FROM stdin;\n\
    1\tit's; nice\n\
    2\t$$ -- /* x\n\
    \\.\n\
    \n\
    ALTER TABLE ONLY public.item ADD CONSTRAINT item_pkey PRIMARY KEY (id);\n\
    \\unrestrict abcDEF123\n";

    fn read(text: &str) -> (Option<Script>, Vec<(String, Vec<String>)>) {
        let (script, refused) = Script::read_beside("x.up.sql", text, Purpose::Up);
        let refused = refused.into_iter().map(|diagnostic| {
            let labels = diagnostic.labels.into_iter().map(|label| label.text);
            let message = format!("{}: {}", diagnostic.rule, diagnostic.message);
            (message, labels.collect())
        });
        let refused = refused.collect();
        (script, refused)
    }

    #[test]
    fn all_of_a_dump_is_one_diagnostic() {
        let (script, refused) = read(DUMP);
        assert_eq!(
            refused,
            [(
                "pg-dump: pg_dump has written this for psql, and a migration cannot have 2 commands of \
                 psql, 5 settings of the session, 1 COPY with its rows"
                    .to_owned(),
                [
                    "a command of psql",
                    "for the rest of the session: lines 2 to 5",
                    "for the rest of the session: line 8",
                    "rows that psql would send",
                    "a command of psql",
                ]
                .map(str::to_owned)
                .to_vec()
            )]
        );
        let script = script.expect("a script of the rest");
        let rest: Vec<_> = script.statements().map(|it| it.word(0)).collect();
        assert_eq!(rest, ["CREATE", "COPY", "ALTER"]);
    }

    #[test]
    fn many_places_are_counted() {
        let copy = "COPY public.item (id) FROM stdin;\n1\n\\.\nSELECT 1;\n";
        let (_, refused) = read(&format!("\\restrict a\n{}", copy.repeat(40)));
        assert_eq!(refused.len(), 1);
        let labels = &refused[0].1;
        assert_eq!(labels.len(), super::SHOWN + 1);
        assert!(labels[super::SHOWN].ends_with("line 158"), "{labels:?}");
    }

    /// What `pg_dump` does not write is found as everywhere, at once.
    #[test]
    fn the_rest_is_said_beside() {
        let (script, refused) =
            read("\\restrict a\n\\connect b\nCOPY t TO stdout;\nSET work_mem = 1;\nSET a = 1");
        let messages: Vec<_> = refused.iter().map(|(message, _)| &**message).collect();
        assert_eq!(
            messages,
            [
                "psql-command: `\\` begins a psql command, which the server does not know",
                "copy-to-stdout: `COPY … TO stdout` has nowhere to write to",
                "pg-dump: pg_dump has written this for psql, and a migration cannot have 1 command of psql",
            ]
        );
        assert_eq!(script.expect("a script").statements().count(), 3);
    }

    #[test]
    fn what_only_looks_like_a_dump_is_none() {
        for text in [
            "SET statement_timeout = 0;\nCREATE TABLE t (a int);",
            "SELECT '\\restrict';\nSET statement_timeout = 0;",
            "/*\n-- PostgreSQL database dump\n*/ SET search_path = a;",
            "SELECT pg_catalog.set_config('search_path', '', true);\nSET row_security = off",
        ] {
            let (script, refused) = read(text);
            assert_eq!(refused, [], "{text}");
            assert!(script.is_some(), "{text}");
        }
    }

    #[test]
    fn a_dump_that_was_changed_is_a_migration() {
        let text = "--\n-- PostgreSQL database dump\n--\n\
                    SELECT pg_catalog.set_config('search_path', '', true);\n\
                    SET LOCAL check_function_bodies = false;\nCREATE TABLE public.t (a int)";
        let (script, refused) = read(text);
        assert_eq!(refused, []);
        assert_eq!(script.expect("a script").statements().count(), 3);
    }
}
