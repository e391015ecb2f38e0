//! When a crate that embeds migrations is rebuilt, and what ends up in its binary.
//!
//! The service is a member of a workspace whose manifest is elsewhere, built by Cargo
//! itself, offline, from the crates that this workspace is built from.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const MAIN: &str = r#"
mod database { pub mod schema { EMBED } }
use database::schema::{MIGRATIONS, Version};

fn main() {
    for migration in MIGRATIONS.iter() {
        println!("{} {}", migration.label, migration.up.sql.trim());
    }
    println!("last {:?} {}", Version::CreateCustomer, u64::from(Version::CreateCustomer));
}

#[cfg(test)]
mod tests {
    mod schema { EMBED }

    #[test]
    fn embeds_the_same() {
        assert_eq!(schema::MIGRATIONS.iter().count(), crate::MIGRATIONS.iter().count());
    }
}
"#;

/// Found once in the binary if each text is embedded once.
const MARKER: &str = "CREATE TABLE customer_of_the_marker (id bigint);";

#[test]
fn the_macro_follows_its_files_without_a_build_script() {
    let service = Service::new(
        "macro_service",
        "pgstrata::embed_migrations!(\"migrations\");",
        None,
    );
    let built = service.cargo("build").succeeds();
    assert!(built.contains("there is no migrations.lock"), "{built}");
    assert!(
        built.contains("cargo pgstrata lock --dir migrations"),
        "{built}"
    );
    let shown = service.shows();
    assert_eq!(
        shown,
        format!("0001_create_customer {MARKER}\nlast CreateCustomer 1\n")
    );
    service.cargo("test").succeeds();
    assert_eq!(
        service.times_in_binary(MARKER),
        1,
        "each SQL text is embedded once"
    );

    service.write("0001_create_customer.up.sql", "SELECT 1;");
    assert!(
        service.shows().contains("0001_create_customer SELECT 1;"),
        "an edited file"
    );

    // There is no lock file yet that the crate could know.
    service.tool(&["new", "second"]);
    service.cargo("build").fails("this migration does nothing");
    service.fill("0002_second");
    assert!(
        service.shows().contains("0002_second SELECT 2;"),
        "a first pair made with `new`"
    );
    service.tool(&["new", "third"]);
    service.cargo("build").fails("this migration does nothing");
    service.fill("0003_third");
    assert!(
        service.shows().contains("0003_third SELECT 2;"),
        "a further pair made with `new`"
    );

    service.tool(&["lock"]);
    assert!(service.shows().contains("0003_third SELECT 2;"));
    let lock = service.read("migrations.lock");
    service.write("migrations.lock", &lock.replacen("up:", "up:0", 1));
    service
        .cargo("build")
        .fails("the lock file was changed by hand");
    service.write("migrations.lock", &lock);
    service.shows();

    // The crate learns of new settings with the next change of a file that it knows.
    service.write("pgstrata.toml", "numbering = \"gaps\"\n");
    service.write("migrations.lock", &lock);
    service.shows();
    service.write("pgstrata.toml", "numbering = \"gap\"\n");
    service.cargo("build").fails("did you mean \"gaps\"?");
    service.remove("pgstrata.toml");
    service.shows();

    service.tool(&["new", "today", "--repeatable"]);
    service
        .cargo("build")
        .fails("this repeatable script does nothing");
    service.write(
        "repeatable/today.sql",
        "CREATE OR REPLACE VIEW today AS SELECT 1 AS one;",
    );
    service.cargo("build").succeeds();
    service.write("repeatable/today.sql", "COMMIT;");
    service
        .cargo("build")
        .fails("`COMMIT` begins or ends a transaction");
    service.remove("repeatable/today.sql");
    let gone = service.cargo("build");
    assert!(
        gone.succeeds()
            .contains("a line for `repeatable/today.sql`, which is gone"),
        "{gone:?}"
    );

    service.remove("0003_third.down.sql");
    service
        .cargo("build")
        .fails("`0003_third.up.sql` has no `0003_third.down.sql`");
    service.remove("0003_third.up.sql");
    service
        .cargo("build")
        .fails("the files of `0003_third` are missing");
}

#[test]
fn a_build_script_also_sees_files_added_by_hand() {
    let service = Service::new(
        "script_service",
        "include!(concat!(env!(\"OUT_DIR\"), \"/migrations.rs\"));",
        Some("fn main() { pgstrata_compiler::generate(\"migrations\"); }"),
    );
    assert!(service.shows().starts_with("0001_create_customer"));
    assert_eq!(
        service.times_in_binary(MARKER),
        1,
        "each SQL text is embedded once"
    );
    let built = service.cargo("build");
    let warning = "warning: script_service@0.1.0: warning[no-lock]: there is no migrations.lock";
    assert!(built.succeeds().contains(warning), "{built:?}");

    service.fill("0002_by_hand");
    assert!(service.shows().contains("0002_by_hand SELECT 2;"));
    service.write("notes.txt", "stray");
    service
        .cargo("build")
        .fails("`notes.txt` is no migration file");
}

/// The three lines of the README.
#[test]
fn a_line_in_a_build_script_lets_the_macro_see_files_added_by_hand() {
    let service = Service::new(
        "watching_service",
        "pgstrata::embed_migrations!(\"migrations\");",
        Some("fn main() { println!(\"cargo::rerun-if-changed=migrations\"); }"),
    );
    assert!(service.shows().starts_with("0001_create_customer"));
    service.fill("0002_by_hand");
    assert!(service.shows().contains("0002_by_hand SELECT 2;"));
}

/// One example of the README is a whole program, and another one is its test.
#[test]
fn the_readme_compiles_and_its_test_keeps_the_program_and_the_directory_one() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = std::fs::read_to_string(readme).expect("the README");
    let example = |mark| {
        let mut all = readme
            .split("```rust\n")
            .skip(1)
            .filter_map(|rest| rest.split("```").next());
        all.find(|example| example.contains(mark))
            .expect("an example")
    };
    let service = Service::new("readme_service", "", None);
    service.fill("0002_add_email");
    let main = service.folder.path().join("services/shop/src/main.rs");
    write(
        &main,
        &format!("{}\n{}", example("mod schema {"), example("#[test]")),
    );
    service
        .cargo("test")
        .fails("warning[no-lock]: there is no migrations.lock");
    // A pair that Cargo does not know of.
    service.fill("0003_by_hand");
    let by_hand = service.cargo("test");
    by_hand.fails("files are in the directory that the program does not embed");
    by_hand.fails("--> migrations/0003_by_hand.up.sql");
    service.tool(&["lock"]);
    service.cargo("test").succeeds();
    service.fill("0004_by_hand");
    service
        .cargo("test")
        .fails("error[not-in-lock]: `0004_by_hand` is not in migrations.lock");
    service.remove("0004_by_hand.up.sql");
    service.remove("0004_by_hand.down.sql");

    // An edit that Cargo does not see, since the file is as old as before.
    service.tool(&["new", "fourth"]);
    service.fill("0004_fourth");
    service.cargo("test").succeeds();
    let path = service.migrations().join("0004_fourth.up.sql");
    let time = std::fs::metadata(&path)
        .and_then(|file| file.modified())
        .expect("a time");
    service.write("0004_fourth.up.sql", "SELECT 3;");
    let file = std::fs::File::options()
        .append(true)
        .open(&path)
        .expect("the file");
    file.set_modified(time).expect("another time");
    let edited = service.cargo("test");
    edited.fails("files have changed since the program was built");
    edited.fails("--> migrations/0004_fourth.up.sql");

    service.write(
        "0004_fourth.up.sql",
        "INSERT INTO customer_of_the_marker VALUES (1);",
    );
    service.cargo("test").fails("warning[seed-conflict]");
    service.write("0004_fourth.up.sql", "COMMIT;");
    service.cargo("test").fails("transaction-control");
}

/// A small program in a workspace of its own.
struct Service {
    name: &'static str,
    folder: TempDir,
}

impl Service {
    fn new(name: &'static str, embed: &str, build_script: Option<&str>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let service = Self { name, folder };
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let repository = repository.canonicalize().expect("the repository");
        let (root, package) = (
            service.folder.path(),
            service.folder.path().join("services/shop"),
        );
        std::fs::create_dir_all(package.join("src")).expect("a folder");
        std::fs::create_dir_all(service.migrations()).expect("a folder");
        std::fs::copy(repository.join("Cargo.lock"), root.join("Cargo.lock")).expect("the lock");
        write(
            &root.join("Cargo.toml"),
            "[workspace]\nmembers = [\"services/shop\"]\nresolver = \"3\"\n",
        );
        write(
            &package.join("Cargo.toml"),
            &format!(
                "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
                 [dependencies]\npostgres = \"*\"\npgstrata = {{ path = \"{}\" }}\n\
                 [build-dependencies]\npgstrata-compiler = {{ path = \"{compiler}\" }}\n\
                 [dev-dependencies]\npgstrata-compiler = {{ path = \"{compiler}\" }}\n",
                repository.join("runtime").display(),
                compiler = repository.join("compiler").display()
            ),
        );
        write(&package.join("src/main.rs"), &MAIN.replace("EMBED", embed));
        if let Some(script) = build_script {
            write(&package.join("build.rs"), script);
        }
        service.write("0001_create_customer.up.sql", MARKER);
        service.write(
            "0001_create_customer.down.sql",
            "DROP TABLE customer_of_the_marker;",
        );
        service
    }

    fn migrations(&self) -> PathBuf {
        self.folder.path().join("services/shop/migrations")
    }

    fn write(&self, name: &str, text: &str) {
        write(&self.migrations().join(name), text);
    }

    fn fill(&self, label: &str) {
        self.write(&format!("{label}.up.sql"), "SELECT 2;");
        self.write(&format!("{label}.down.sql"), "SELECT 2;");
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.migrations().join(name)).expect("a file")
    }

    fn remove(&self, name: &str) {
        std::fs::remove_file(self.migrations().join(name)).expect("a file");
    }

    /// `cargo pgstrata <arguments>`.
    fn tool(&self, arguments: &[&str]) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pgstrata"));
        let output = command
            .args(arguments)
            .arg("--dir")
            .arg(self.migrations())
            .output();
        Built(output.expect("the tools run")).succeeds();
    }

    /// Dependencies are built once for all services, and for those of `bench.rs`.
    fn target() -> PathBuf {
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench/target")
    }

    fn cargo(&self, subcommand: &str) -> Built {
        let mut command = Command::new(env!("CARGO"));
        command
            .current_dir(self.folder.path().join("services"))
            .args([
                subcommand,
                "--offline",
                "--color=never",
                "--manifest-path",
                "shop/Cargo.toml",
            ])
            .env("CARGO_TARGET_DIR", Self::target())
            // What cargo prints is read.
            .env("CARGO_TERM_QUIET", "false")
            .env("CARGO_TERM_VERBOSE", "false")
            .env("CARGO_TERM_PROGRESS_WHEN", "never")
            .env_remove("RUSTFLAGS");
        Built(command.output().expect("cargo runs"))
    }

    /// Builds if needed, runs, and returns what the program prints.
    fn shows(&self) -> String {
        let built = self.cargo("run");
        built.succeeds();
        String::from_utf8_lossy(&built.0.stdout).into_owned()
    }

    fn times_in_binary(&self, text: &str) -> usize {
        let binary =
            std::fs::read(Self::target().join("debug").join(self.name)).expect("the binary");
        binary
            .windows(text.len())
            .filter(|window| *window == text.as_bytes())
            .count()
    }
}

/// What Cargo or the tools came to.
#[derive(Debug)]
struct Built(Output);

impl Built {
    /// Asserts success; returns standard error.
    fn succeeds(&self) -> String {
        let messages = String::from_utf8_lossy(&self.0.stderr).into_owned();
        assert!(self.0.status.success(), "{messages}");
        messages
    }

    /// Asserts failure, and that standard error or that of a failed test has these words.
    fn fails(&self, with: &str) {
        let streams = [&self.0.stderr, &self.0.stdout].map(|bytes| String::from_utf8_lossy(bytes));
        let messages = streams.concat();
        assert!(!self.0.status.success(), "expected a failure with {with:?}");
        assert!(messages.contains(with), "{with:?} is not in {messages}");
    }
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).expect("a file");
}
