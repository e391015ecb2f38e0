//! `graph`: which migration needs which.

mod layout;
mod svg;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::inventory::{Entry, Inventory};
use crate::workspace;

choices! {
    /// How a graph is written.
    pub(crate) enum Format {
        /// A flow chart, which Markdown viewers draw.
        Mermaid = "mermaid",
        /// A picture that needs nothing else.
        Svg = "svg",
        /// One document, with every edge.
        Json = "json",
    }
}

/// Prints it.
pub(crate) fn run(context: &Context, format: Format) -> Result<(), Failure> {
    workspace::reading(context, workspace::Use::Look, |compiled, migrations| {
        let inventory = Inventory::on_path(migrations, &compiled.settings.search_path);
        match format {
            Format::Mermaid => print!("{}", inventory.mermaid()),
            Format::Svg => print!("{}", inventory.svg()),
            Format::Json => print!("{}", inventory.graph_json()),
        }
        Ok(())
    })
}

/// One migration needs an earlier one.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Edge {
    from: u64,
    to: u64,
    why: Why,
}

/// How that is known.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Why {
    /// The file says so.
    Requires,
    /// Its statements name what the other one makes.
    Uses,
}

impl Inventory {
    /// Which migration needs which, as a flow chart of Mermaid, which Markdown viewers draw.
    pub fn mermaid(&self) -> String {
        let mut chart = "flowchart LR\n".to_owned();
        for entry in &self.entries {
            let label = entry.label.replace('"', "#quot;");
            let _ = writeln!(chart, "  m{}[\"{label}\"]", entry.version);
        }
        for Edge { from, to, why } in drawn(&self.entries) {
            let arrow = if why == Why::Requires { "-->" } else { "-.->" };
            let _ = writeln!(chart, "  m{from} {arrow} m{to}");
        }
        chart
    }

    /// The same as a picture: one SVG that needs nothing else.
    pub fn svg(&self) -> String {
        svg::picture(&self.entries, &drawn(&self.entries))
    }

    /// Every edge, as one document with the format `pgstrata graph 1`.
    pub fn graph_json(&self) -> String {
        let migrations = self.entries.iter();
        let migrations =
            migrations.map(|entry| json!({ "version": entry.version, "label": entry.label }));
        let edges = edges(&self.entries)
            .into_iter()
            .map(|Edge { from, to, why }| {
                let why = if why == Why::Requires {
                    "requires"
                } else {
                    "uses"
                };
                json!({ "from": from, "to": to, "why": why })
            });
        let document = json!({
            "format": "pgstrata graph 1",
            "migrations": migrations.collect::<Vec<_>>(),
            "edges": edges.collect::<Vec<_>>(),
        });
        format!("{document:#}\n")
    }
}

/// From what is needed to what needs it; what the file says is not repeated.
fn edges(entries: &[Entry]) -> Vec<Edge> {
    let mut edges = Vec::new();
    for Entry {
        version: to,
        requires,
        uses,
        ..
    } in entries
    {
        let edge = |from: &u64, why| Edge {
            from: *from,
            to: *to,
            why,
        };
        edges.extend(requires.iter().map(|from| edge(from, Why::Requires)));
        let unsaid = uses.iter().filter(|from| !requires.contains(from));
        edges.extend(unsaid.map(|from| edge(from, Why::Uses)));
    }
    edges.sort_unstable();
    edges
}

/// Without uses that follow from the others: a picture of everything shows nothing.
fn drawn(entries: &[Entry]) -> Vec<Edge> {
    let all = edges(entries);
    let is_implied = |edge: &Edge| {
        let (mut open, mut seen) = (vec![edge.from], BTreeSet::new());
        while let Some(version) = open.pop() {
            let next = all
                .iter()
                .filter(|it| it.from == version && *it != edge)
                .map(|it| it.to);
            for next in next.filter(|next| *next <= edge.to) {
                if next == edge.to {
                    return true;
                }
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        false
    };
    all.iter()
        .filter(|edge| edge.why == Why::Requires || !is_implied(edge))
        .copied()
        .collect()
}
