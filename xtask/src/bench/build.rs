//! Builds the programs of `tests/peers/`, with so many migrations, outside the source tree.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::child::{self, Finished};
use super::program::{Program, write};
use super::sample::samples;
use crate::choice::Choice as _;
use crate::failure::Failure;

/// As Cargo calls them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Profile {
    Debug,
    Release,
}

impl Profile {
    /// Of the folder with the binaries.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
        }
    }
}

/// Where the programs lie, and where they are built.
pub(super) struct Builder {
    /// The source tree.
    root: PathBuf,
    /// Everything that is made here.
    pub(super) work: PathBuf,
    /// What programs share, built once.
    shared: PathBuf,
    /// The source tree as it was at an earlier commit.
    before: PathBuf,
}

impl Builder {
    /// Finds the source tree that these commands were built from.
    pub(super) fn new() -> Result<Self, Failure> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let root = root
            .canonicalize()
            .map_err(|error| Failure::file("open", &root, &error))?;
        if !root.join("tests/peers").is_dir() {
            return Err(Failure::configuration(format!(
                "bench builds the programs in tests/peers, which {} does not have; run `cargo xtask bench` in a clone of pgstrata",
                root.display()
            )));
        }
        let target = env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
        let work = std::path::absolute(target.join("bench"))
            .map_err(|error| Failure::file("find", &target, &error))?;
        Ok(Self {
            root,
            shared: work.join("target"),
            before: work.join("before"),
            work,
        })
    }

    /// Has the source tree of a commit of this repository beside today's.
    pub(super) fn check_out(&self, commit: &str) -> Result<(), Failure> {
        let archive = self.work.join("before.tar");
        let _ = fs::remove_dir_all(&self.before);
        fs::create_dir_all(&self.before)
            .map_err(|error| Failure::file("create", &self.before, &error))?;
        let mut export = Command::new("git");
        export.current_dir(&self.root).args(["archive", "--output"]);
        export.arg(&archive).args(["--", commit]);
        finished(&export, "reading the earlier commit")?;
        let mut unpack = Command::new("tar");
        unpack.arg("-xf").arg(&archive).arg("-C").arg(&self.before);
        finished(&unpack, "unpacking the earlier commit").map(drop)
    }

    /// The source tree.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The package of this program with the first `count` migrations.
    pub(super) fn package(&self, program: Program, count: usize) -> Result<PathBuf, Failure> {
        let is_before = program == Program::Before;
        let root = if is_before { &self.before } else { &self.root };
        let source = root.join("tests/peers");
        let suffix = if is_before { "-before" } else { "" };
        let parent = self.work.join(format!("with-{count}{suffix}"));
        let package = parent.join(program.name());
        let copy = |from: &Path, to: &Path| {
            let text =
                fs::read_to_string(from).map_err(|error| Failure::file("read", from, &error))?;
            // What the manifest says is relative to where it came from; and where two packages
            // of one name are built, Cargo does not put the one that is fresh in its place.
            let text = text.replace("\"../../..", &format!("\"{}", root.display()));
            let name = |name: &str| format!("name = \"{name}\"\n");
            write(
                to,
                &text.replace(&name(&program.package()), &name(&binary(program, count))),
            )
        };
        if program != Program::Psql {
            copy(&source.join("measure.rs"), &parent.join("measure.rs"))?;
            for file in ["Cargo.toml", "Cargo.lock", "src/main.rs"] {
                copy(
                    &source.join(program.source()).join(file),
                    &package.join(file),
                )?;
            }
        }
        program.write(&package, &samples(count))?;
        Ok(package)
    }

    /// Fetches what the build needs, so that it is no part of it.
    pub(super) fn fetch(&self, package: &Path) -> Result<(), Failure> {
        let mut command = cargo("fetch", package);
        command.env("CARGO_TARGET_DIR", &self.shared);
        finished(&command, "fetching the crates").map(drop)
    }

    /// Builds it, one crate after the other, below `target` or else where all share it.
    pub(super) fn build(
        &self,
        package: &Path,
        profile: Profile,
        target: Option<&Path>,
    ) -> Result<Finished, Failure> {
        self.build_with(package, profile, target, &[])
    }

    /// The same, with further arguments of `cargo build`.
    pub(super) fn build_with(
        &self,
        package: &Path,
        profile: Profile,
        target: Option<&Path>,
        arguments: &[&str],
    ) -> Result<Finished, Failure> {
        let mut command = cargo("build", package);
        command
            .arg("--offline")
            .args(arguments)
            .env("CARGO_BUILD_JOBS", "1");
        command.env("CARGO_PROFILE_RELEASE_STRIP", "true");
        command.env("CARGO_TARGET_DIR", target.unwrap_or(&self.shared));
        if profile == Profile::Release {
            command.arg("--release");
        }
        finished(&command, "building")
    }

    /// What the last build of this program made.
    pub(super) fn built(&self, program: Program, count: usize, profile: Profile) -> PathBuf {
        self.shared
            .join(profile.name())
            .join(binary(program, count))
    }

    /// A binary to run, which no later build replaces.
    pub(super) fn binary(
        &self,
        program: Program,
        count: usize,
        profile: Profile,
    ) -> Result<PathBuf, Failure> {
        let package = self.package(program, count)?;
        self.fetch(&package)?;
        self.build(&package, profile, None)?;
        let built = self.built(program, count, profile);
        let kept = self
            .work
            .join(format!("{}-{count}-{}", program.name(), profile.name()));
        fs::copy(&built, &kept).map_err(|error| Failure::file("copy", &built, &error))?;
        Ok(kept)
    }
}

/// What this program with so many migrations is called.
fn binary(program: Program, count: usize) -> String {
    let package = match program {
        Program::Before => program.name().to_owned(),
        _ => program.package(),
    };
    format!("{package}-{count}")
}

fn cargo(subcommand: &str, package: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args([subcommand, "--manifest-path"])
        .arg(package.join("Cargo.toml"));
    command
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_INCREMENTAL");
    command
}

fn finished(command: &Command, doing: &str) -> Result<Finished, Failure> {
    let finished = child::run(command).map_err(|error| {
        Failure::configuration(format!("{doing}: {command:?} cannot be run: {error}"))
    })?;
    if finished.output.status.success() {
        return Ok(finished);
    }
    let messages = String::from_utf8_lossy(&finished.output.stderr);
    let last: Vec<&str> = messages.lines().rev().take(12).collect();
    let last: Vec<&str> = last.into_iter().rev().collect();
    Err(Failure::configuration(format!(
        "{doing}: {command:?} failed:\n{}",
        last.join("\n")
    )))
}
