//! `list`, `graph`, `info` and `status`: commands that only look.

use clap::Args;

use super::one_of;
use crate::authoring::{graph, list};

/// `status`.
#[derive(Args, Debug)]
pub(crate) struct Status {
    /// One document for programs instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `list`.
#[derive(Args, Debug)]
pub(crate) struct List {
    /// How to write it.
    #[arg(long, value_parser = one_of::<list::Format>(), default_value = "table", value_name = "FORMAT")]
    pub(crate) format: list::Format,
}

/// `graph`.
#[derive(Args, Debug)]
pub(crate) struct Graph {
    /// How to write it.
    #[arg(long, value_parser = one_of::<graph::Format>(), default_value = "mermaid", value_name = "FORMAT")]
    pub(crate) format: graph::Format,
}

/// `info`.
#[derive(Args, Debug)]
pub(crate) struct Info {
    /// The version.
    pub(crate) version: u64,
    /// One document for programs.
    #[arg(long)]
    pub(crate) json: bool,
}
