//! `lock --rebase`: two branches that both added "the next" migration, in git.

use std::fs::{read_to_string, rename, write};
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::support::{Outcome, contents, run, run_with, shop};

/// A git repository with a migrations directory in it.
pub(crate) struct Repository {
    folder: TempDir,
}

impl Repository {
    /// The shop, sealed, on the branch `main`; with two branches, each with migrations
    /// of its own behind it.
    pub(crate) fn new(ours: &[&str], theirs: &[&str]) -> Self {
        let repository = Self {
            folder: tempfile::tempdir().expect("a temporary directory"),
        };
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        let shop = shop();
        std::fs::create_dir_all(repository.dir()).expect("a directory");
        for (name, bytes) in contents(shop.path()) {
            write(repository.dir().join(name), bytes).expect("a file");
        }
        repository.lock(&[]).succeeds();
        repository.commit();
        for (branch, names) in [("ours", ours), ("theirs", theirs)] {
            repository.git(&["checkout", "--quiet", "-b", branch, "main"]);
            for name in names {
                repository.add(name);
            }
            repository.commit();
        }
        repository.git(&["checkout", "--quiet", "ours"]);
        repository
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.folder.path().join("db/migrations")
    }

    /// `new`, with SQL that says what it was called.
    pub(crate) fn add(&self, name: &str) {
        let made = run(&self.dir(), &["new", name]);
        for path in made.succeeds().lines() {
            write(path, format!("SELECT '{name}';\n")).expect("a file");
        }
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> bool {
        let settings = [
            "user.name=a",
            "user.email=a@localhost",
            "core.autocrlf=false",
        ];
        let output = Command::new("git")
            .current_dir(self.folder.path())
            .args(settings.iter().flat_map(|setting| ["-c", setting]))
            .args(arguments)
            .envs([
                ("GIT_CONFIG_GLOBAL", "/dev/null"),
                ("GIT_CONFIG_NOSYSTEM", "1"),
            ])
            .env_remove("GIT_DIR")
            .env_remove("GIT_WORK_TREE")
            .env_remove("GIT_INDEX_FILE")
            .output();
        output.expect("git is installed").status.success()
    }

    pub(crate) fn commit(&self) {
        assert!(self.git(&["add", "--all"]));
        assert!(self.git(&["commit", "--quiet", "--allow-empty", "-m", "change"]));
    }

    pub(crate) fn lock(&self, arguments: &[&str]) -> Outcome {
        run(&self.dir(), &[&["lock"], arguments].concat())
    }

    fn check(&self) -> Outcome {
        run(&self.dir(), &["check"])
    }

    fn text(&self) -> String {
        read_to_string(self.dir().join("migrations.lock")).expect("a file")
    }

    /// Labels of the up files whose SQL holds the name they were made with.
    fn labels(&self) -> Vec<String> {
        let ups = contents(&self.dir())
            .into_iter()
            .filter_map(|(name, bytes)| {
                let label = name.strip_suffix(".up.sql")?.to_owned();
                let text = String::from_utf8(bytes).expect("UTF-8");
                let made = label.split_once('_').expect("a label").1;
                assert!(
                    text.contains(made) || label.contains("_create_"),
                    "{label}: {text}"
                );
                Some(label)
            });
        ups.filter(|label| !label.contains("_create_")).collect()
    }

    /// Asserts that `arguments` are refused and nothing changes.
    fn refuses(&self, code: i32, arguments: &[&str], parts: &[&str]) {
        let before = contents(&self.dir());
        self.lock(arguments).fails(code, parts);
        assert_eq!(contents(&self.dir()), before);
    }
}

#[test]
fn in_the_middle_of_a_merge() {
    let repository = Repository::new(&["mine", "more"], &["other"]);
    assert!(
        !repository.git(&["merge", "theirs"]),
        "the lock conflicts, as it should"
    );
    assert!(repository.text().contains("<<<<<<<"));
    repository.check().fails(
        1,
        &[
            "version 0003 is used 2 times",
            "`cargo pgstrata lock --rebase BASE`",
        ],
    );
    let rebased = repository.lock(&["--rebase", "theirs"]);
    assert_eq!(
        rebased.succeeds(),
        format!(
            "0003_mine is 0004_mine now\n0004_more is 0005_more now\n\
             {}: 3 lines of theirs kept, 2 open behind them\n",
            repository.dir().display()
        )
    );
    assert_eq!(
        repository.labels(),
        ["0003_other", "0004_mine", "0005_more"]
    );
    assert!(
        repository
            .text()
            .ends_with("\n0003_other open\n0004_mine open\n0005_more open\n")
    );
    repository.check().succeeds();
    repository.commit();
    let again = repository.lock(&["--rebase", "theirs"]);
    assert!(!again.succeeds().contains(" now"), "{again:?}");
}

#[test]
fn merged_the_other_way_round() {
    let repository = Repository::new(&["mine"], &["other", "another"]);
    repository.git(&["checkout", "--quiet", "theirs"]);
    assert!(!repository.git(&["merge", "ours"]));
    repository.lock(&["--rebase", "ours"]).succeeds();
    assert_eq!(
        repository.labels(),
        ["0003_mine", "0004_other", "0005_another"]
    );
    repository.check().succeeds();

    let repository = Repository::new(&["mine"], &["other", "another"]);
    repository.git(&["checkout", "--quiet", "theirs"]);
    assert!(!repository.git(&["merge", "ours"]));
    repository.lock(&["--rebase", "theirs"]).succeeds();
    assert_eq!(
        repository.labels(),
        ["0003_other", "0004_another", "0005_mine"]
    );
    repository.check().succeeds();
}

#[test]
fn before_a_merge() {
    let repository = Repository::new(&["mine"], &["other"]);
    repository.git(&["checkout", "--quiet", "theirs"]);
    repository.lock(&[]).succeeds();
    let theirs = repository.text();
    repository.commit();
    repository.git(&["checkout", "--quiet", "ours"]);
    for _ in 0..2 {
        let rebased = repository.lock(&["--rebase", "theirs"]);
        assert!(
            rebased
                .succeeds()
                .contains("not here before theirs is merged: 0003_other")
        );
        assert_eq!(repository.labels(), ["0004_mine"]);
        assert_eq!(repository.text(), format!("{theirs}0004_mine open\n"));
    }
    repository.commit();
    // Whether git sees a conflict in the lock depends on its version.
    repository.git(&["merge", "theirs"]);
    repository.lock(&["--rebase", "theirs"]).succeeds();
    assert_eq!(repository.text(), format!("{theirs}0004_mine open\n"));
    repository.check().succeeds();
}

#[test]
fn a_lock_with_other_line_ends_and_one_in_a_file() {
    let repository = Repository::new(&["mine"], &["other"]);
    repository.git(&["checkout", "--quiet", "theirs"]);
    let base = repository.folder.path().join("base.lock");
    write(
        &base,
        format!("\u{feff}{}", repository.text()).replace('\n', "\r\n"),
    )
    .unwrap();
    let expected = repository.text() + "0004_mine open\n";
    repository.git(&["checkout", "--quiet", "ours"]);
    repository.git(&["merge", "theirs"]);
    let crlf = repository.text().replace('\n', "\r\n");
    assert!(crlf.contains("<<<<<<<"));
    write(repository.dir().join("migrations.lock"), crlf).unwrap();
    repository
        .lock(&["--base-lock", base.to_str().unwrap()])
        .succeeds();
    assert_eq!(repository.text(), expected);
    repository.check().succeeds();
}

#[test]
fn timestamps_that_are_later_already_stay() {
    let dir = tempfile::tempdir().unwrap();
    let names = [
        "20240101000000_early",
        "20990101000000_far",
        "20990101000001_farther",
    ];
    for name in names {
        for direction in ["up", "down"] {
            write(
                dir.path().join(format!("{name}.{direction}.sql")),
                "SELECT 1;\n",
            )
            .unwrap();
        }
    }
    let header = "# pgstrata lock 1. Another header.\n";
    let base = dir.path().join(".base");
    write(&base, format!("{header}20250101000000_base open\n")).unwrap();
    run(dir.path(), &["lock", "--base-lock", base.to_str().unwrap()]).succeeds();
    let text = read_to_string(dir.path().join("migrations.lock")).unwrap();
    let labels: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(labels[0], "20250101000000_base open");
    assert!(
        labels[1] > "2026" && labels[1].ends_with("_early open"),
        "{labels:?}"
    );
    assert_eq!(
        labels[2..],
        ["20990101000000_far open", "20990101000001_farther open"]
    );
}

#[test]
fn a_requirement_of_the_old_number_is_pointed_at() {
    let repository = Repository::new(&["mine", "more"], &["other"]);
    let more = repository.dir().join("0004_more.up.sql");
    write(&more, "-- pgstrata: requires 0001, 0003\nSELECT 'more';\n").unwrap();
    repository.commit();
    repository.git(&["merge", "theirs"]);
    let rebased = repository.lock(&["--rebase", "theirs"]);
    rebased.succeeds();
    for part in [
        "warning[requires]: version 3 is required, but `0003_mine` is `0004_mine` now",
        "0005_more.up.sql:1:1",
        "if that one is meant, write 0004",
    ] {
        assert!(
            rebased.stderr.contains(part),
            "{part:?} is not in {rebased:#?}"
        );
    }
    let text = read_to_string(repository.dir().join("0005_more.up.sql")).unwrap();
    assert!(text.contains("requires 0001, 0003"), "no SQL is rewritten");
}

#[test]
fn what_is_sealed_is_not_renumbered() {
    let sealed = [
        "sealed here and not in theirs: 0003_mine",
        "they are not renumbered",
    ];
    let repository = Repository::new(&["mine"], &["other"]);
    repository.lock(&[]).succeeds();
    repository.refuses(1, &["--rebase", "theirs"], &sealed);
    repository.commit();
    assert!(!repository.git(&["merge", "theirs"]));
    repository.refuses(1, &["--rebase", "theirs"], &sealed);

    let repository = Repository::new(&["mine"], &["other"]);
    for direction in ["up", "down"] {
        let file = |name: &str| repository.dir().join(format!("{name}.{direction}.sql"));
        rename(file("0002_create_invoice"), file("0002_create_bill")).unwrap();
    }
    let renamed = ["`0002_create_invoice` is sealed, and was renamed to `0002_create_bill`"];
    repository.refuses(1, &["--rebase", "theirs"], &renamed);
}

#[test]
fn broken_locks_are_refused() {
    let repository = Repository::new(&["mine"], &["other"]);
    let path = repository.dir().join("migrations.lock");
    let good = repository.text();
    let truncated = good[..good.len() - 4].to_owned();
    let edited = good.replacen("up:", "up:0", 1);
    for (broken, part) in [
        (truncated, "error[lock]: this line is not complete"),
        (edited, "error[lock]: the lock file was changed by hand"),
        (String::new(), "error[lock]: this is no lock file"),
    ] {
        write(&path, &broken).unwrap();
        repository.refuses(1, &["--rebase", "theirs"], &[part, "nothing was changed"]);
        // The other branch's lock is looked at in the same manner.
        let base = repository.folder.path().join("base.lock");
        rename(&path, &base).unwrap();
        write(&path, &good).unwrap();
        let arguments = ["--base-lock", base.to_str().unwrap()];
        repository.refuses(1, &arguments, &[part, "base.lock:", "base.lock is broken"]);
    }
}

#[test]
fn a_base_that_cannot_be_had() {
    let repository = Repository::new(&["mine"], &[]);
    repository.refuses(
        5,
        &["--rebase", "gone"],
        &["of `gone`: ", "--base-lock FILE"],
    );
    repository.refuses(5, &["--rebase", ""], &["is no git revision"]);
    repository.refuses(5, &["--rebase=--output=x"], &["is no git revision"]);
    repository.refuses(
        5,
        &["--rebase", "main", "--amend", "1"],
        &["cannot be used with"],
    );
    repository.refuses(
        5,
        &["--base-lock", "/gone/lock"],
        &["cannot read /gone/lock"],
    );
    repository.git(&["rm", "--quiet", "--cached", "db/migrations/migrations.lock"]);
    assert!(repository.git(&["commit", "--quiet", "-m", "without"]));
    repository.refuses(5, &["--rebase", "HEAD"], &["not in 'HEAD'"]);
    let alone = run_with(
        &repository.dir(),
        &["lock", "--rebase", "main"],
        &[("PATH", "/gone")],
    );
    alone.fails(
        5,
        &["git is not installed, or not on PATH", "--base-lock FILE"],
    );
    run(shop().path(), &["lock", "--rebase", "main"]).fails(5, &["not a git repo"]);
}

#[test]
fn names_that_cannot_be_numbered() {
    let repository = Repository::new(&["mine"], &["other"]);
    let stray = repository.dir().join("0003_Bad.up.sql");
    write(&stray, "").unwrap();
    repository.refuses(
        1,
        &["--rebase", "theirs"],
        &["error[file-name]", "mended first"],
    );
    std::fs::remove_file(stray).unwrap();
    let base = repository.folder.path().join("base.lock");
    repository.git(&["checkout", "--quiet", "main"]);
    let text = repository.text();
    repository.git(&["checkout", "--quiet", "ours"]);
    write(&base, format!("{text}9999_last open\n")).unwrap();
    let arguments = ["--base-lock", base.to_str().unwrap()];
    repository.refuses(5, &arguments, &["numbers of 4 digits are used up"]);
    write(&base, format!("{text}nonsense open\n")).unwrap();
    repository.refuses(1, &arguments, &["base.lock is broken"]);
}
