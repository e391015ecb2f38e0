//! What the rule `syntax` makes of statements whose truth a server knows.
//!
//! `accepted.sql` and `refused.sql` are statements that the rule has judged wrongly before, and their
//! neighbours. `PGSTRATA_GRAMMAR` names folders, with a colon between, whose SQL files are walked as well,
//! such as a checkout of PostgreSQL's regression suite; `docs/proofs.md` has what that came to.

mod script;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pgstrata_compiler::split::split;
use pgstrata_compiler::statement::Statement;
use pgstrata_compiler::syntax::first_error;
use pgstrata_tools::cluster::Cluster;
use postgres::{Client, NoTls};

/// What a major accepts may be written for it, so both ends of what can be had here are asked.
const MAJORS: [u32; 2] = [15, 18];

#[test]
fn the_rule_judges_as_the_server_does() {
    let mut servers = servers();
    for (text, accepted) in [
        (include_str!("accepted.sql"), true),
        (include_str!("refused.sql"), false),
    ] {
        let mut wrong = Vec::new();
        for statement in statements(text) {
            if servers.iter_mut().any(|server| server.accepts(&statement)) != accepted {
                wrong.push(format!("the servers do not: {statement}"));
            }
            if refusal(&statement).is_none() != accepted {
                wrong.push(format!("the rule does not: {statement}"));
            }
        }
        assert!(
            wrong.is_empty(),
            "accepted: {accepted}\n{}",
            wrong.join("\n")
        );
    }
}

#[test]
fn no_statement_is_refused_that_a_server_accepts() {
    let folders = std::env::var_os("PGSTRATA_GRAMMAR");
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/grammar");
    let folders = folders.map_or(vec![here], |named| std::env::split_paths(&named).collect());
    let files: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| sql_files(folder))
        .collect();
    let (mut seen, mut cut, mut bytes) = (BTreeSet::new(), Vec::new(), 0);
    for file in &files {
        let text = std::fs::read(file).expect("a file");
        bytes += text.len();
        let prepared = script::as_sent(&String::from_utf8_lossy(&text));
        let split = split("x.sql", &prepared);
        cut.extend(
            split
                .diagnostics
                .iter()
                .map(|found| format!("{}: {}", file.display(), found.message)),
        );
        let tokens = split
            .statements
            .iter()
            .map(|range| &split.tokens[range.clone()]);
        let texts = tokens.map(|tokens| Statement::new(&prepared, tokens).span().of(&prepared));
        seen.extend(
            texts
                .filter(|text| !script::has_variable(text))
                .map(str::to_owned),
        );
    }
    assert!(!seen.is_empty(), "no statement in {folders:?}");
    let refused: Vec<(&String, String)> = seen
        .iter()
        .filter_map(|text| Some((text, refusal(text)?)))
        .collect();
    let mut servers = servers();
    let wrong: Vec<String> = refused
        .iter()
        .filter(|(text, _)| servers.iter_mut().any(|server| server.accepts(text)))
        .map(|(text, said)| format!("{said}\n    {text}"))
        .collect();
    println!(
        "{} files of {bytes} bytes, {} read to an error only; {} distinct statements, {} refused, {} of \
         them wrongly",
        files.len(),
        cut.len(),
        seen.len(),
        refused.len(),
        wrong.len()
    );
    println!("{}", cut.join("\n"));
    assert!(
        wrong.is_empty(),
        "refused, though a server accepts it:\n{}",
        wrong.join("\n")
    );
}

/// What the rule says of one statement.
fn refusal(text: &str) -> Option<String> {
    let split = split("x.sql", text);
    let range = split.statements.first()?;
    let statement = Statement::new(text, &split.tokens[range.clone()]);
    first_error(statement).map(|error| error.message)
}

fn statements(text: &str) -> Vec<String> {
    let split = split("x.sql", text);
    assert!(split.diagnostics.is_empty(), "{:?}", split.diagnostics);
    let tokens = split
        .statements
        .iter()
        .map(|range| &split.tokens[range.clone()]);
    tokens
        .map(|tokens| Statement::new(text, tokens).span().of(text).to_owned())
        .collect()
}

fn sql_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let below = |path: PathBuf| match path.extension() {
        _ if path.is_dir() => sql_files(&path),
        Some(extension) if extension == "sql" => vec![path],
        _ => Vec::new(),
    };
    paths.into_iter().flat_map(below).collect()
}

struct Server {
    client: Client,
    _cluster: Cluster,
}

fn servers() -> Vec<Server> {
    let servers = MAJORS.map(|major| {
        let cluster = Cluster::start(Some(major)).expect("a server");
        let name = format!("grammar_{}", std::process::id());
        cluster.create_database(&name).expect("a database");
        let client = cluster.config(&name).connect(NoTls).expect("a connection");
        Server {
            client,
            _cluster: cluster,
        }
    });
    servers.into()
}

impl Server {
    /// Whether its parser does; nothing runs, since the statement before it raises.
    fn accepts(&mut self, text: &str) -> bool {
        let raising = "DO $raise$ BEGIN RAISE SQLSTATE 'PGS00'; END $raise$;";
        let error = self
            .client
            .batch_execute(&format!("{raising}{text}"))
            .expect_err("it raises");
        let code = error
            .code()
            .unwrap_or_else(|| panic!("{error:?} of {text}"));
        code.code() == "PGS00"
    }
}
