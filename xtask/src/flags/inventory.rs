//! `list`, `graph`, `info` and `status`: commands that only look.

use clap::{Args, ValueEnum};

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
    #[arg(long, value_enum, default_value_t = ListFormat::Table, value_name = "FORMAT")]
    pub(crate) format: ListFormat,
}

/// How an inventory is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum ListFormat {
    /// As wide as the terminal.
    Table,
    /// A table of a document.
    Markdown,
    /// One document.
    Json,
}

/// `graph`.
#[derive(Args, Debug)]
pub(crate) struct Graph {
    /// How to write it.
    #[arg(long, value_enum, default_value_t = GraphFormat::Mermaid, value_name = "FORMAT")]
    pub(crate) format: GraphFormat,
}

/// How a graph is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// A flow chart, which Markdown viewers draw.
    Mermaid,
    /// A picture that needs nothing else.
    Svg,
    /// One document, with every edge.
    Json,
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
