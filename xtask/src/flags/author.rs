//! The flags of commands that write migrations or seal them.

use std::path::PathBuf;

use clap::Args;

use super::one_of;
use crate::authoring::new::template::Template;
use crate::authoring::{lock, new};
use crate::moving::import;
use crate::moving::import::Tool;

/// `import`.
#[derive(Args, Debug)]
pub(crate) struct Import {
    /// Whose migrations they are.
    #[arg(value_parser = one_of::<Tool>(), value_name = "TOOL")]
    pub(crate) tool: Tool,
    /// Where they are; that directory stays as it is.
    #[arg(value_name = "FROM")]
    pub(crate) from: PathBuf,
}

impl From<Import> for import::Options {
    fn from(flags: Import) -> Self {
        Self {
            tool: flags.tool,
            from: flags.from,
        }
    }
}

/// `new`.
#[derive(Args, Debug)]
pub(crate) struct New {
    /// What the migration does, in a few words.
    pub(crate) name: String,
    /// Number it with the time, YYYYMMDDhhmmss in UTC; else with the next number.
    #[arg(long)]
    pub(crate) timestamp: bool,
    /// Write a script that runs again whenever it changes: views, functions.
    #[arg(long, conflicts_with_all = ["timestamp", "template"])]
    pub(crate) repeatable: bool,
    /// Begin with the SQL for it; replace what stands in braces.
    #[arg(long, value_parser = one_of::<Template>(), value_name = "T")]
    pub(crate) template: Option<Template>,
}

impl From<New> for new::Options {
    fn from(flags: New) -> Self {
        Self {
            name: flags.name,
            timestamp: flags.timestamp,
            repeatable: flags.repeatable,
            template: flags.template,
        }
    }
}

/// `lock`.
#[derive(Args, Debug)]
pub(crate) struct Lock {
    /// Seal this migration again although its files changed; only for what was never released.
    #[arg(long, value_name = "VERSION", value_delimiter = ',', conflicts_with_all = ["rebase", "base_file"])]
    pub(crate) amend: Vec<u64>,
    /// Keep the lock of the git revision BASE, such as `main`, and number the open
    /// migrations that it does not have behind it.
    #[arg(long, value_name = "BASE", conflicts_with = "base_file")]
    pub(crate) rebase: Option<String>,
    /// The same, with the lock to keep in a file.
    #[arg(long = "base-lock", value_name = "FILE")]
    pub(crate) base_file: Option<PathBuf>,
}

impl From<Lock> for lock::Options {
    fn from(flags: Lock) -> Self {
        Self {
            amend: flags.amend,
            rebase: flags.rebase,
            base_file: flags.base_file,
        }
    }
}
