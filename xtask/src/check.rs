//! `check`: the full analysis, without a database.

use std::path::Path;

use pgstrata_compiler::{Compiled, Depth};

use crate::failure::Failure;
use crate::flags::Check;
use crate::workspace;

/// Prints what is found; with `--sealed` also refuses what may still change.
pub(crate) fn run(dir: &Path, flags: &Check, quiet: bool) -> Result<(), Failure> {
    let compiled = workspace::checked(dir, Depth::Full)?;
    let open = unsealed(&compiled);
    if flags.sealed && !open.is_empty() {
        return Err(Failure::check(format!(
            "not sealed: {}\n  seal what is released with `cargo pgstrata lock --dir {}`",
            open.join(", "),
            dir.display()
        )));
    }
    if !quiet {
        println!("{}", summary(&compiled));
    }
    Ok(())
}

/// Labels whose files the lock does not fix.
fn unsealed(compiled: &Compiled) -> Vec<&str> {
    let lines = compiled.lock.iter().flat_map(|lock| &lock.lines);
    let sealed: Vec<&str> =
        lines.filter(|line| line.seal.is_some()).map(|line| line.label.as_str()).collect();
    let labels = compiled.labels.iter().map(|(_, label)| label.as_str());
    labels.filter(|label| !sealed.contains(label)).collect()
}

fn summary(compiled: &Compiled) -> String {
    let scripts = compiled.migrations.iter().flat_map(|migration| [&migration.up, &migration.down]);
    let statements: usize = scripts.map(|script| script.statements.len()).sum();
    let open = unsealed(compiled).len();
    // What must not run has ended the command before.
    let found = match compiled.diagnostics.len() {
        0 => "no problem found".to_owned(),
        1 => "1 warning".to_owned(),
        count => format!("{count} warnings"),
    };
    format!(
        "{}: {} migrations, {statements} statements, {} sealed, {open} open: {found}",
        compiled.sources.directory,
        compiled.migrations.len(),
        compiled.migrations.len() - open,
    )
}
