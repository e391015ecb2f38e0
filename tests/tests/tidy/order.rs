//! In which order modules are declared, and what they import.

use std::path::Path;

use crate::{files, read, root};

/// Modules are declared in reading order, and import only from those above, so that no two of them import
/// each other.
#[test]
fn modules_import_only_from_those_above() {
    for krate in [
        "compiler/src",
        "macros/src",
        "runtime/src",
        "tests/harness/src",
        "xtask/src",
    ] {
        let crate_root = root().join(krate);
        let mut roots = files("rs", &[krate]);
        roots.retain(|file| !children(file).is_empty());
        assert!(krate == "macros/src" || roots.contains(&crate_root.join("lib.rs")));
        for file in roots {
            let is_root = file == crate_root.join("lib.rs");
            let modules = children(&file);
            for (place, (_, own)) in modules.iter().enumerate() {
                let below: Vec<&String> = modules[place + 1..].iter().map(|it| &it.0).collect();
                for (depth, source) in own {
                    // What leads from this source to the module that declares them all.
                    let path = if is_root {
                        vec!["crate::".to_owned(), "super::".repeat(depth + 1)]
                    } else {
                        vec!["super::".repeat(depth + 1)]
                    };
                    let names = path.iter().flat_map(|path| imported(source, path));
                    let wrong: Vec<String> = names.filter(|name| below.contains(&name)).collect();
                    assert!(
                        wrong.is_empty(),
                        "a module of {}, number {place}, imports {wrong:?}, declared below it",
                        file.display()
                    );
                }
            }
        }
    }
}

/// The course of a run is written once, for every client.
#[test]
fn the_core_names_no_client() {
    let fronts = ["blocking.rs", "migrator.rs", "embedded.rs", "lib.rs"];
    let source = root().join("runtime/src");
    let is_front = |path: &Path| {
        path.starts_with(source.join("blocking")) || fronts.iter().any(|it| path == source.join(it))
    };
    let (front, core): (Vec<_>, Vec<_>) = files("rs", &["runtime/src"])
        .into_iter()
        .partition(|path| is_front(path));
    assert!(front.len() > fronts.len(), "the front is not where it was");
    for path in core {
        let text = read(&path);
        let lines = production(&text)
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        let named: Vec<_> = lines.filter(|line| line.contains("postgres::")).collect();
        assert!(named.is_empty(), "{}: {named:?}", path.display());
    }
}

/// What commands are asked comes to them as values; that these were flags is known above them only.
#[test]
fn only_the_roof_knows_the_command_line() {
    let source = root().join("xtask/src");
    let is_roof = |path: &Path| {
        path.starts_with(source.join("flags"))
            || ["flags.rs", "lib.rs"]
                .iter()
                .any(|it| path == source.join(it))
    };
    let (roof, rooms): (Vec<_>, Vec<_>) = files("rs", &["xtask/src"])
        .into_iter()
        .partition(|path| is_roof(path));
    assert!(roof.len() > 2, "the roof is not where it was");
    for path in rooms {
        let text = read(&path);
        let lines = production(&text)
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        let named: Vec<_> = lines
            .filter(|line| line.contains("clap") || line.contains("crate::flags"))
            .collect();
        assert!(named.is_empty(), "{}: {named:?}", path.display());
    }
}

/// The modules that a file declares, in order, each with its sources and how deep they lie in it.
fn children(file: &Path) -> Vec<(String, Vec<(usize, String)>)> {
    let folder = match file.file_stem().and_then(|stem| stem.to_str()) {
        Some("lib" | "mod" | "main") | None => file.parent().map(Path::to_owned),
        Some(stem) => file.parent().map(|parent| parent.join(stem)),
    };
    let folder = folder.unwrap_or_default();
    let text = read(file);
    let declared = production(&text).lines().filter_map(|line| {
        let line = line
            .trim_start_matches("pub(crate) ")
            .trim_start_matches("pub ");
        line.strip_prefix("mod ")?.strip_suffix(';')
    });
    let sources = |name: &str| {
        let own = folder.join(format!("{name}.rs"));
        let mut sources = vec![(0, production(&read(&own)).to_owned())];
        let inner = folder.join(name);
        if inner.is_dir() {
            let depth = inner.components().count();
            for file in files("rs", &[&inner.display().to_string()]) {
                let depth = file.components().count() - depth;
                sources.push((depth, production(&read(&file)).to_owned()));
            }
        }
        sources
    };
    declared
        .map(|name| (name.to_owned(), sources(name)))
        .collect()
}

/// Without the tests at the end.
fn production(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or_default()
}

/// The names right behind a path, alone or between braces, in imports and in the code.
fn imported(source: &str, path: &str) -> Vec<String> {
    let is_name = |it: char| it.is_alphanumeric() || it == '_';
    let mut names = Vec::new();
    for (at, _) in source.match_indices(path) {
        // `self::super::` is the same; what is longer on the left is another path.
        if source[..at].ends_with(|it: char| is_name(it) || it == ':') {
            continue;
        }
        let rest = &source[at + path.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            names.push(rest.chars().take_while(|it| is_name(*it)).collect());
            continue;
        };
        let (mut depth, mut begins) = (0, true);
        let mut name = String::new();
        for letter in group.chars() {
            match letter {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => begins = true,
                letter if is_name(letter) && begins && depth == 0 => name.push(letter),
                letter if letter.is_whitespace() && name.is_empty() => {}
                _ => begins = false,
            }
            if (!begins || letter == ',') && !name.is_empty() {
                names.push(std::mem::take(&mut name));
            }
        }
        names.extend(Some(name).filter(|name| !name.is_empty()));
    }
    names
}

#[test]
fn every_spelling_of_an_import_is_read() {
    let source =
        "use crate::{a, b::{c, d}, e as f};\nuse crate::g::{h, i};\nlet j = crate::k::l();";
    assert_eq!(imported(source, "crate::"), ["a", "b", "e", "g", "k"]);
    let source = "use super::{\n    m,\n    n::o,\n};\nuse super::super::p;";
    assert_eq!(imported(source, "super::"), ["m", "n", "super"]);
    assert_eq!(imported(source, "super::super::"), ["p"]);
}
