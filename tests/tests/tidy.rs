//! The house rules that a test can hold.
//!
//! The file is long because each rule is a short test of its own, and they share how files are found.

#[path = "tidy/order.rs"]
mod order;
#[path = "tidy/sql.rs"]
mod sql;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pgstrata_compiler::rules::{certain, full};
use serde_json::Value;

#[test]
fn the_code_is_formatted() {
    let checked = Command::new(env!("CARGO"))
        .args(["fmt", "--all", "--check"])
        .current_dir(root())
        .output();
    let checked = checked.expect("cargo fmt runs");
    assert!(
        checked.status.success(),
        "run `cargo fmt --all`:\n{}",
        String::from_utf8_lossy(&checked.stdout)
    );
}

#[test]
fn files_hold_one_idea() {
    for file in files("rs", &["compiler", "macros", "runtime", "xtask", "tests"]) {
        let text = read(&file);
        let header = text
            .lines()
            .take_while(|line| line.starts_with("//!"))
            .collect::<String>();
        let lines = production_lines(&text);
        assert!(
            lines <= 400 || header.contains("long"),
            "{} has {lines} lines without tests; split it, or give the reason in its header",
            file.display()
        );
    }
    let macros: usize = files("rs", &["macros/src"])
        .iter()
        .map(|file| lines_of_code(&read(file)))
        .sum();
    assert!(macros <= 150, "the macro has {macros} lines");
}

#[test]
fn nothing_is_left_undone() {
    let marks = ["todo!(", "unimplemented!(", "dbg!(", "FIXME", "#[ignore"];
    for file in files("rs", &["compiler", "macros", "runtime", "xtask", "tests"]) {
        // This file names the marks.
        if file.ends_with("tidy.rs") {
            continue;
        }
        let text = read(&file);
        for mark in marks {
            assert!(!text.contains(mark), "{} holds {mark}", file.display());
        }
    }
}

#[test]
fn compiler_and_runtime_do_not_know_each_other() {
    let manifest = |package: &str| read(&root().join(package).join("Cargo.toml"));
    assert!(!manifest("runtime").contains("pgstrata-compiler"));
    assert!(!manifest("compiler").contains("pgstrata.workspace"));
    assert!(!manifest("compiler").contains("postgres"));
}

/// Whoever installs the commands gets one program, and no command that needs this repository.
#[test]
fn what_is_installed_is_for_everybody() {
    let metadata = std::process::Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let tools = packages
        .iter()
        .find(|it| it["name"] == "pgstrata-tools")
        .expect("the tools");
    assert_eq!(tools["features"]["default"], serde_json::json!(["syntax"]));
    let targets = tools["targets"].as_array().expect("targets");
    let programs = targets
        .iter()
        .filter(|it| it["kind"] == serde_json::json!(["bin"]));
    let installed: Vec<_> = programs
        .filter(|it| it.get("required-features").is_none())
        .map(|it| it["name"].clone())
        .collect();
    assert_eq!(installed, ["cargo-pgstrata"]);
}

#[test]
fn few_names_are_public() {
    let root = read(&root().join("runtime/src/lib.rs"));
    let hidden = root.split("#[doc(hidden)]").next().unwrap_or_default();
    let modules = hidden.lines().filter(|line| line.starts_with("pub mod "));
    assert_eq!(modules.collect::<Vec<_>>(), ["pub mod embedded;"]);
    let names: Vec<&str> = hidden
        .split(';')
        .filter_map(|statement| statement.split_once("pub use "))
        .flat_map(|(_, path)| {
            let (_, names) = path.rsplit_once("::").unwrap_or(("", path));
            names.split(['{', '}', ',', ' ', '\n'])
        })
        .filter(|name| !name.is_empty())
        .collect();
    assert!(names.contains(&"Migrator") && names.contains(&"Plan"));
    assert!(names.len() <= 22, "{} names: {names:?}", names.len());
}

#[test]
fn rules_are_rows_files_and_examples() {
    for (folder, rules) in [("certain", certain::RULES), ("full", full::RULES)] {
        let folder = format!("compiler/src/rules/{folder}");
        let mut ids: Vec<String> = rules.iter().map(|rule| rule.id.replace('-', "_")).collect();
        let mut names: Vec<String> = files("rs", &[&folder])
            .iter()
            .filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned()))
            .collect();
        ids.sort();
        names.sort();
        assert_eq!(ids, names, "the directory is the table");
        for id in ids {
            for example in ["bad.sql", "good.sql"] {
                let file = root().join(&folder).join(&id).join(example);
                assert!(file.is_file(), "{} is missing", file.display());
            }
        }
    }
}

/// The runtime's own SQL can be read, and run, as SQL.
#[test]
fn queries_live_in_sql_files() {
    for file in files("rs", &["runtime/src", "xtask/src"]) {
        let text = read(&file);
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for query in ["\"SELECT ", "\"INSERT ", "\"UPDATE pg", "\"WITH "] {
            assert!(
                !code.contains(query),
                "{} holds a query; move it into a .sql file",
                file.display()
            );
        }
    }
}

/// What the tools ask of a user's database goes through `xtask/src/catalog_session.rs`, where no user's operator
/// or function can come between. Who sends what users wrote, or a command that looks up nothing
/// along the search path, stands here.
#[test]
fn queries_of_the_tools_have_a_search_path_of_their_own() {
    const METHODS: [&str; 9] = [
        ".query(",
        ".query_",
        ".simple_query(",
        ".prepare(",
        ".prepare_",
        ".execute(",
        ".copy_in(",
        ".copy_out(",
        ".batch_execute(",
    ];
    const SENDERS: [(&str, &str); 14] = [
        // A statement of a migration.
        ("checking/trace/send.rs", ".query_"),
        ("checking/trace/send.rs", ".batch_execute("),
        // Statements of a seed, of SQL tests, of migrations, and of the prelude.
        ("checking/rehearse/seed.rs", ".simple_query("),
        ("checking/rehearse/seed.rs", ".batch_execute("),
        ("checking/rehearse/sql_test.rs", ".batch_execute("),
        ("shadow.rs", ".batch_execute("),
        // Parsed, and never run.
        ("checking/check/exact.rs", ".batch_execute("),
        // Triggers of the user run in it.
        ("shadow/rows.rs", ".batch_execute("),
        // Databases and roles are made, renamed and dropped.
        ("operating/drift.rs", ".batch_execute("),
        ("checking/rehearse/backup.rs", ".batch_execute("),
        ("operating/restore.rs", ".batch_execute("),
        ("operating/restore/swap.rs", ".batch_execute("),
        // LOCK TABLE, with the names that our own query has given.
        ("checking/trace/watch.rs", ".batch_execute("),
        // Databases of its own, on a server of its own.
        ("bench/harness.rs", ".batch_execute("),
    ];
    let sources = root().join("xtask/src");
    for file in files("rs", &["xtask/src"]) {
        let text = read(&file);
        let name = file.strip_prefix(&sources).expect("a file of the tools");
        let name = name.to_str().expect("a name");
        let code: String = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .map(str::trim)
            .collect();
        for method in METHODS {
            assert!(
                name == "catalog_session.rs"
                    || code.contains(method) == SENDERS.contains(&(name, method)),
                "{name} and {method}: ask through `CatalogSession`, or keep the list here"
            );
        }
        assert!(
            name == "catalog_session.rs" || !code.contains("batch_execute(include_str!"),
            "{name} sends a query of ours as if it were the user's"
        );
        // Whose query has nothing that is looked up along a path; the attack proves it.
        assert!(
            [
                "catalog_session.rs",
                "schema/current_schema.rs",
                "operating/preflight/tables.rs",
                "operating/preflight/views.rs"
            ]
            .contains(&name)
                || !code.contains("with_the_path_of_the_session"),
            "{name} asks with the session's path"
        );
    }
}

/// A test that cannot be run here says so through `skip`, and none sleeps in the hope that something has happened.
#[test]
fn no_test_passes_by_returning_or_by_luck() {
    // Each is a loop that asks until something holds, or lets a time pass that the test is about.
    const SLEEPERS: [&str; 13] = [
        "attack/server.rs",
        "cluster.rs",
        "commands/encrypted_server.rs",
        "commands/preflight_server.rs",
        "database/bouncer.rs",
        "database/limits.rs",
        "database/support.rs",
        "faults/boundaries.rs",
        "faults/crashes.rs",
        "faults/standby.rs",
        "model/database.rs",
        "model/perform.rs",
        "model/server.rs",
    ];
    let folder = root().join("tests/tests");
    let mut sleepers = BTreeSet::new();
    for file in files("rs", &["tests/tests"]) {
        let name = file.strip_prefix(&folder).expect("a test");
        let name = name.to_str().expect("a name").to_owned();
        let text = read(&file);
        if name != "tidy.rs" && (text.contains("thread::sleep") || text.contains(" sleep(")) {
            sleepers.insert(name.clone());
        }
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (at, line) in lines.iter().enumerate() {
            let leaves = line.ends_with("else { return };") && !line.contains("pooler");
            let asks = ["env::var(", "is_file()", "exists()", "Command::new("];
            let is_silent = leaves && asks.iter().any(|it| line.contains(it));
            assert!(!is_silent, "{name}:{}: say it with `skip`", at + 1);
        }
    }
    let sleepers: Vec<&str> = sleepers.iter().map(String::as_str).collect();
    assert_eq!(sleepers, SLEEPERS, "wait for something instead");
}

#[test]
fn every_refusal_has_its_output() {
    for case in files("rs", &["tests/compile/ui"]) {
        assert!(
            case.with_extension("stderr").is_file(),
            "{} has no .stderr",
            case.display()
        );
    }
    assert!(
        files("stderr", &["tests/compile/ui"])
            .iter()
            .all(|output| output.with_extension("rs").is_file())
    );
}

#[test]
fn documents_are_there_and_name_the_version() {
    let changelog = read(&root().join("CHANGELOG.md"));
    assert!(changelog.contains(&format!("## {}", env!("CARGO_PKG_VERSION"))));
    let readme = read(&root().join("README.md"));
    for command in ["cargo xtask demo", "cargo test --workspace"] {
        assert!(
            readme.contains(command),
            "the README does not say {command}"
        );
    }
    let settings = readme
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .find(|block| !block.starts_with("[dependencies]"));
    let settings = pgstrata_compiler::settings::Settings::parse(
        settings.expect("an example of settings"),
        &pgstrata_compiler::rules::ids(),
    );
    assert!(settings.is_ok(), "the README's settings: {settings:?}");
    let architecture = read(&root().join("ARCHITECTURE.md"));
    for folder in ["compiler/src", "runtime/src", "tests/harness/src"] {
        for file in files("rs", &[folder]) {
            let name = file
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default()
                .to_owned();
            let is_rule = ["rules/certain", "rules/full"]
                .iter()
                .any(|folder| file.parent().is_some_and(|parent| parent.ends_with(folder)));
            assert!(
                architecture.contains(&name) || is_rule,
                "ARCHITECTURE.md does not name {folder}/{name}"
            );
        }
        let section = architecture
            .split("\n## ")
            .find(|section| section.starts_with(folder));
        let rows = section
            .into_iter()
            .flat_map(str::lines)
            .filter(|line| line.starts_with("| `"));
        let cells = rows.filter_map(|row| row.split('|').nth(1));
        let names = cells.flat_map(|cell| cell.split('`')).map(Path::new);
        let names = names.filter(|name| name.extension().is_some_and(|it| it == "rs"));
        for name in names.filter(|name| !name.ends_with("*.rs")) {
            assert!(
                files("rs", &[folder])
                    .iter()
                    .any(|file| file.ends_with(name)),
                "ARCHITECTURE.md names {folder}/{}, which is not there",
                name.display()
            );
        }
    }
}

/// Each row of the table in SECURITY.md names its tests, by file and function.
#[test]
fn what_is_defended_has_its_test() {
    let document = read(&root().join("SECURITY.md"));
    let rows = document.lines().filter(|line| line.starts_with("| "));
    let rows: Vec<&str> = rows.skip(2).collect();
    assert!(rows.len() > 5, "{rows:?}");
    for row in rows {
        let cell = row.trim_end_matches([' ', '|']).rsplit(" | ").next();
        let names = cell.unwrap_or_default().split('`').skip(1).step_by(2);
        let mut file = None;
        let mut tests = 0;
        for name in names {
            if Path::new(name).extension().is_some_and(|it| it == "rs") {
                file = Some(read(&root().join(name)));
                continue;
            }
            let test = format!("#[test]\nfn {name}() {{");
            assert!(
                file.as_ref().is_some_and(|file| file.contains(&test)),
                "SECURITY.md names the test {name}, which is not there"
            );
            tests += 1;
        }
        assert!(tests > 0, "without a test: {row}");
    }
}

/// Every part of a sentence that users may read stands in a text that a test compares word for word.
#[test]
fn every_sentence_is_asserted() {
    let mut texts: Vec<String> = [
        "tests/tests/database/error_texts.txt",
        "tests/tests/faults/error_texts.txt",
        "docs/interrupted.md",
    ]
    .map(|file| read(&root().join(file)))
    .into();
    // Short ones are asserted where they are caused; a literal may go on in the next line.
    texts.extend(files("rs", &["tests/tests"]).iter().map(|file| {
        let text = read(file).replace("\\n", "\n");
        let mut lines = text.split("\\\n");
        let first = lines.next().unwrap_or_default().to_owned();
        lines.fold(first, |all, line| all + line.trim_start())
    }));
    let messages = read(&root().join("runtime/src/messages.rs"));
    let (_, messages) = messages.split_once("\nmessages! {").expect("the table");
    // A test of the tools sees the commands in place of the functions.
    let words = read(&root().join("xtask/src/words.rs"));
    let (_, words) = words.split_once("const COMMANDS").expect("the table");
    let (words, _) = words.split_once("];").expect("its end");
    let commands: Vec<&str> = words.split('"').skip(1).step_by(2).collect();
    let mut parts = 0;
    for message in messages.trim_end_matches("\n}\n").split("\n\n") {
        let (name, sentence) = message
            .split_once("\n    \"")
            .expect("a name and a sentence");
        let sentence = sentence.trim_end_matches('"').replace("\\\"", "\"");
        let mut pieces = sentence.split('{');
        let first = pieces.next().unwrap_or_default();
        let after_blanks = pieces.filter_map(|piece| piece.split_once('}').map(|(_, text)| text));
        let fixed = [first].into_iter().chain(after_blanks);
        for part in fixed.flat_map(|text| text.split("\\n")).map(str::trim) {
            let command = commands
                .chunks(2)
                .fold(part.to_owned(), |part, it| part.replace(it[0], it[1]));
            let is_asserted = texts
                .iter()
                .any(|text| text.contains(part) || text.contains(&command));
            assert!(
                is_asserted,
                "no test asserts, of the sentence {name}: {part}"
            );
            parts += 1;
        }
    }
    assert!(parts > 100, "{parts}");
}

/// The library names functions, and the tools say their commands instead.
#[test]
fn every_name_in_a_sentence_has_its_command() {
    // Said of an address, which the tools read themselves.
    const OF_ADDRESSES: [&str; 2] = ["Migrator::connect_to", "pgstrata_tools::connection"];
    let messages = read(&root().join("runtime/src/messages.rs"));
    let (_, messages) = messages.split_once("\nmessages! {").expect("the table");
    let words = read(&root().join("xtask/src/words.rs"));
    let names: BTreeSet<&str> = messages
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| {
            name.contains("::") && !name.contains("tokio") && !OF_ADDRESSES.contains(name)
        })
        .map(|name| name.split('(').next().unwrap_or(name))
        .collect();
    assert!(names.len() > 8, "{names:?}");
    for name in names {
        assert!(words.contains(&format!("`{name}")), "{name} has no command");
    }
    assert!(!messages.contains("cargo pgstrata"));
}

/// What `cargo deny check licenses sources` says, for machines without it.
#[test]
fn dependencies_are_free_and_from_the_registry() {
    // Only what is built here has been fetched, and the tests run offline.
    let arguments = [
        "metadata",
        "--format-version",
        "1",
        "--offline",
        "--filter-platform",
    ];
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .arg(host())
        .current_dir(root())
        .output();
    let output = output.expect("cargo metadata runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let settings = read(&root().join("deny.toml"));
    let is_allowed =
        |license: &str| settings.contains(&format!("\"{}\"", license.trim_matches(['(', ')'])));
    for package in packages {
        let name = &package["name"];
        let license = package["license"].as_str().unwrap_or_default();
        // `A OR B`, in old packages `A/B`, is a choice; `A AND B` asks for both.
        let choices = license.split(" OR ").flat_map(|choice| choice.split('/'));
        let mut free = choices.map(|choice| choice.split(" AND ").map(str::trim).all(is_allowed));
        assert!(
            free.any(|free| free),
            "{name} has the licence {license:?}, which deny.toml does not allow"
        );
        let source = package["source"].as_str().unwrap_or("registry+ours");
        assert!(
            source.starts_with("registry+"),
            "{name} comes from {source}"
        );
    }
}

/// Such as `x86_64-unknown-linux-gnu`.
fn host() -> String {
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .expect("rustc runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("rustc tells its host").to_owned()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files of this extension below the folders, in order.
fn files(extension: &str, folders: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = open.pop() {
        for entry in
            fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.ends_with("target") {
                open.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Lines before the unit tests.
fn production_lines(text: &str) -> usize {
    text.split("#[cfg(test)]")
        .next()
        .unwrap_or_default()
        .lines()
        .count()
}

/// Of these, those that are neither blank nor a comment.
fn lines_of_code(text: &str) -> usize {
    let production = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = production.lines().map(str::trim_start);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .count()
}
