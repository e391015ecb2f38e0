//! The programs that are compared, and the layout that each one's migrations have.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use pgstrata_compiler::lockfile::{Line, LockFile};
use pgstrata_compiler::source::LOCK_FILE;
use pgstrata_compiler::{Depth, compile};

use super::sample::Sample;
use crate::choice::Choice as _;
use crate::failure::Failure;

/// All up files of `psql` in one.
pub(super) const ALL_FILES: &str = "all.sql";

choices! {
    /// A folder in `tests/peers/`, or a client that is installed.
    pub(crate) enum Program {
        /// A bare loop on the `postgres` crate.
        Floor = "floor",
        /// This project.
        Pgstrata = "pgstrata",
        /// refinery.
        Refinery = "refinery",
        /// `sqlx::migrate!`.
        Sqlx = "sqlx",
        /// `diesel_migrations`.
        Diesel = "diesel",
        /// PostgreSQL's own client.
        Psql = "psql",
        /// The steps of this project's compiler.
        Compiler = "compiler",
        /// This project as it was at an earlier commit.
        Before = "before",
    }
}

impl Program {
    /// Those that can be asked for; the others belong to single cases.
    pub(crate) const MEASURED: &'static [Self] = &[
        Self::Floor,
        Self::Pgstrata,
        Self::Refinery,
        Self::Sqlx,
        Self::Diesel,
        Self::Psql,
    ];

    /// Of its folder in the source tree.
    pub(super) fn source(self) -> &'static str {
        match self {
            Self::Before => Self::Pgstrata.name(),
            other => other.name(),
        }
    }

    /// Of its package in the source tree.
    pub(super) fn package(self) -> String {
        match self {
            Self::Floor => self.name().to_owned(),
            Self::Compiler => "compiler-steps".to_owned(),
            _ => format!("{}-service", self.source()),
        }
    }

    /// Writes the migrations below `package` as this program wants them.
    pub(super) fn write(self, package: &Path, samples: &[Sample]) -> Result<(), Failure> {
        let folder = package.join("migrations");
        for sample in samples {
            for (path, text) in self.files(sample) {
                write(&folder.join(path), text)?;
            }
        }
        match self {
            Self::Floor => write(&package.join("src/list.rs"), &list(samples)),
            Self::Pgstrata | Self::Before => lock(&folder),
            Self::Psql => {
                let all: String = samples.iter().map(|sample| sample.up.as_str()).collect();
                write(&folder.join(ALL_FILES), &all)
            }
            _ => Ok(()),
        }
    }

    /// Writes one of them anew.
    pub(super) fn rewrite(self, package: &Path, sample: &Sample) -> Result<(), Failure> {
        let [(path, text), ..] = &self.files(sample)[..] else {
            return Ok(());
        };
        write(&package.join("migrations").join(path), text)
    }

    /// The up file first.
    fn files(self, sample: &Sample) -> Vec<(String, &str)> {
        let Sample {
            version,
            name,
            up,
            down,
        } = sample;
        match self {
            Self::Refinery => {
                let number = version.trim_start_matches('0');
                vec![(format!("V{number}__{name}.sql"), up)]
            }
            Self::Diesel => vec![
                (format!("{version}_{name}/up.sql"), up),
                (format!("{version}_{name}/down.sql"), down),
            ],
            Self::Floor
            | Self::Pgstrata
            | Self::Before
            | Self::Sqlx
            | Self::Psql
            | Self::Compiler => vec![
                (format!("{version}_{name}.up.sql"), up),
                (format!("{version}_{name}.down.sql"), down),
            ],
        }
    }
}

/// The source of a constant with all texts.
fn list(samples: &[Sample]) -> String {
    let mut code = "pub static MIGRATIONS: &[(&str, &str, &str)] = &[\n".to_owned();
    for Sample { version, name, .. } in samples {
        let path = |word| format!("include_str!(\"../migrations/{version}_{name}.{word}.sql\")");
        let _ = writeln!(
            code,
            "    (\"{version}_{name}\", {}, {}),",
            path("up"),
            path("down")
        );
    }
    code + "];\n"
}

/// Everything is sealed but the last one, which somebody is still at work on.
fn lock(folder: &Path) -> Result<(), Failure> {
    let compiled = compile(folder, "migrations", Depth::Certain);
    if compiled.is_refused() {
        return Err(Failure::check(compiled.rendered().join("\n")));
    }
    let mut lock = LockFile::default();
    lock.lines
        .extend(compiled.migrations.iter().map(Line::sealed));
    if let Some(last) = lock.lines.last_mut() {
        *last = Line::open(&last.label);
    }
    write(&folder.join(LOCK_FILE), &lock.write())
}

/// Writes a file and the folders above it; one that is the same keeps its time, which is what
/// Cargo looks at.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(path);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, text));
    written.map_err(|error| Failure::file("write", path, &error))
}
