//! The graph as a picture.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::layout::{Node, columns, ordered, way};
use super::{Edge, Why};
use crate::inventory::Entry;
use crate::output::picture::{INK, PALE, cut, escaped};

const BOX: usize = 196;
const COLUMN: usize = BOX + 54;
const HEIGHT: usize = 40;
/// From the top of a box to that of the next one.
const PITCH: usize = 54;
/// The same, where an arrow passes.
const BEND: usize = 22;
const MARGIN: usize = 20;
/// Below the drawing.
const LEGEND: usize = 40;
const LETTERS: usize = 26;

const REQUIRED: &str = "#3567a6";
const USED: &str = "#8a94a0";

pub(super) fn picture(entries: &[Entry], edges: &[Edge]) -> String {
    let versions: Vec<u64> = entries.iter().map(|entry| entry.version).collect();
    let order = ordered(&versions, edges);
    let heights = order
        .iter()
        .map(|column| column.iter().map(|node| pitch(*node)).sum());
    let heights: Vec<usize> = heights.collect();
    let tallest = heights.iter().copied().max().unwrap_or_default();
    let mut places: BTreeMap<Node, (usize, usize)> = BTreeMap::new();
    for (column, (nodes, height)) in order.iter().zip(&heights).enumerate() {
        // In the middle.
        let mut top = MARGIN + (tallest - height) / 2;
        for node in nodes {
            places.insert(*node, (MARGIN + column * COLUMN, top + pitch(*node) / 2));
            top += pitch(*node);
        }
    }
    let width = (2 * MARGIN + order.len() * COLUMN).max(2 * COLUMN);
    let height = 2 * MARGIN + tallest + LEGEND;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"dependencies of migrations\" \
         width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"system-ui, 'DejaVu Sans', sans-serif\" font-size=\"12\">\n\
         <defs>{}{}</defs>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n",
        head("required", REQUIRED),
        head("used", USED)
    );
    let columns = columns(&versions, edges);
    for (number, edge) in edges.iter().enumerate() {
        let way = way(number, *edge, &columns);
        let places: Vec<(usize, usize)> = way.iter().map(|node| places[node]).collect();
        svg += &arrow(&places, edge.why);
    }
    for entry in entries {
        svg += &boxed(entry, places[&Node::Box(entry.version)]);
    }
    svg + &legend(height - LEGEND / 2) + "</svg>\n"
}

fn pitch(node: Node) -> usize {
    if matches!(node, Node::Box(_)) {
        PITCH
    } else {
        BEND
    }
}

fn head(id: &str, colour: &str) -> String {
    format!(
        "<marker id=\"{id}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
         markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"{colour}\"/></marker>"
    )
}

/// From the right side of a box through all bends to the left side of another.
fn arrow(places: &[(usize, usize)], why: Why) -> String {
    let (colour, dash, id) = style(why);
    let mut path = String::new();
    for (index, (left, y)) in places.iter().enumerate() {
        let (is_first, is_last) = (index == 0, index + 1 == places.len());
        if is_first {
            let _ = write!(path, "M{} {y}", left + BOX);
            continue;
        }
        let (before, half) = (places[index - 1], (COLUMN - BOX) / 2);
        let start = before.0 + BOX;
        let _ = write!(
            path,
            "C{} {} {} {y} {left} {y}",
            start + half,
            before.1,
            left - half
        );
        if !is_last {
            // Straight past the column's boxes.
            let _ = write!(path, "L{} {y}", left + BOX);
        }
    }
    format!(
        "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.4\"{dash} marker-end=\"url(#{id})\"/>\n"
    )
}

fn style(why: Why) -> (&'static str, &'static str, &'static str) {
    match why {
        Why::Requires => (REQUIRED, "", "required"),
        Why::Uses => (USED, " stroke-dasharray=\"4 3\"", "used"),
    }
}

fn boxed(entry: &Entry, (left, middle): (usize, usize)) -> String {
    let top = middle - HEIGHT / 2;
    let title = [entry.label.as_str(), &entry.description, &entry.counts()].join("\n");
    let border = if entry.irreversible.is_some() {
        "#a40e26"
    } else {
        "#afb8c1"
    };
    format!(
        "<g><title>{}</title><rect x=\"{left}\" y=\"{top}\" width=\"{BOX}\" height=\"{HEIGHT}\" rx=\"5\" \
         fill=\"#f6f8fa\" stroke=\"{border}\"/><text x=\"{}\" y=\"{}\" fill=\"{PALE}\" font-size=\"11\">{}</text>\
         <text x=\"{}\" y=\"{}\" fill=\"{INK}\">{}</text></g>\n",
        escaped(title.trim_end()),
        left + 8,
        top + 15,
        escaped(entry.digits()),
        left + 8,
        top + 31,
        escaped(&cut(&entry.name().replace('_', " "), LETTERS)),
    )
}

fn legend(y: usize) -> String {
    let mut legend = String::new();
    let items = [
        (Why::Requires, "the file requires it"),
        (Why::Uses, "its statements use what that made"),
    ];
    for (index, (why, text)) in items.into_iter().enumerate() {
        let (colour, dash, id) = style(why);
        let left = MARGIN + index * 190;
        let _ = writeln!(
            legend,
            "<path d=\"M{left} {y}H{}\" stroke=\"{colour}\" stroke-width=\"1.4\"{dash} marker-end=\"url(#{id})\"/>\
             <text x=\"{}\" y=\"{}\" fill=\"{PALE}\">{text}</text>",
            left + 34,
            left + 42,
            y + 4
        );
    }
    legend
}
