//! What `embed_migrations!` expands to, made by a build script.

use std::path::{Path, PathBuf};

use crate::diagnostic::Severity;
use crate::review::Depth;
use crate::{compile, emit};

/// For build scripts: writes the code of `embed_migrations!(directory)` to
/// `$OUT_DIR/<last part of directory>.rs`.
///
/// `directory` is relative to the package's manifest. Cargo is told to look at the
/// directory, so that also a file added by hand rebuilds the crate. Warnings are
/// printed as Cargo's; if the directory is refused, everything found is printed and
/// the build script ends with exit code 1.
pub fn generate(directory: &str) {
    let environment = |name| std::env::var_os(name).map(PathBuf::from);
    let (Some(manifest), Some(out)) = (environment("CARGO_MANIFEST_DIR"), environment("OUT_DIR"))
    else {
        eprintln!(
            "pgstrata: `generate` is for build scripts; Cargo sets CARGO_MANIFEST_DIR and OUT_DIR there"
        );
        std::process::exit(1);
    };
    println!("cargo::rerun-if-changed={directory}");
    let compiled = compile(&manifest.join(directory), directory, Depth::Full);
    for (text, diagnostic) in compiled.rendered().iter().zip(&compiled.diagnostics) {
        match diagnostic.severity {
            Severity::Error => eprintln!("{text}\n"),
            Severity::Warning => {
                text.lines()
                    .for_each(|line| println!("cargo::warning={line}"));
            }
        }
    }
    if compiled.is_refused() {
        std::process::exit(1);
    }
    let name = Path::new(directory)
        .file_name()
        .unwrap_or("migrations".as_ref());
    let file = out.join(name).with_extension("rs");
    if let Err(error) = std::fs::write(&file, emit::code(&compiled)) {
        eprintln!("pgstrata: cannot write {}: {error}", file.display());
        std::process::exit(1);
    }
}
