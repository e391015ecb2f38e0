//! Where the boxes go: a column for each length of the longest way to a migration, and in each
//! column the order in which fewest arrows cross, as far as neighbours tell (Sugiyama's method).

use std::collections::BTreeMap;

use super::Edge;

/// How often the columns are put in order.
const SWEEPS: usize = 12;

/// A migration, or a place that an arrow passes.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Node {
    /// A migration.
    Box(u64),
    /// The arrow with this number, in this column.
    Bend(usize, usize),
}

/// Columns of nodes, from the top.
pub(super) type Columns = Vec<Vec<Node>>;

/// Where each edge goes through: its ends and all bends between them.
pub(super) fn way(edge: usize, of: Edge, columns: &BTreeMap<u64, usize>) -> Vec<Node> {
    let (first, last) = (columns[&of.from], columns[&of.to]);
    let bends = (first + 1..last).map(|column| Node::Bend(edge, column));
    std::iter::once(Node::Box(of.from))
        .chain(bends)
        .chain([Node::Box(of.to)])
        .collect()
}

/// The column of each migration.
pub(super) fn columns(versions: &[u64], edges: &[Edge]) -> BTreeMap<u64, usize> {
    let mut columns: BTreeMap<u64, usize> = BTreeMap::new();
    // What is needed has a lower version.
    for version in versions {
        let before = edges.iter().filter(|edge| edge.to == *version);
        let behind = before.filter_map(|edge| columns.get(&edge.from)).max();
        columns.insert(*version, behind.map_or(0, |column| column + 1));
    }
    columns
}

/// The nodes of each column, in order.
pub(super) fn ordered(versions: &[u64], edges: &[Edge]) -> Columns {
    let column = columns(versions, edges);
    let count = column.values().max().map_or(0, |last| last + 1);
    let mut columns: Columns = vec![Vec::new(); count];
    for version in versions {
        columns[column[version]].push(Node::Box(*version));
    }
    let mut neighbours: BTreeMap<Node, Vec<Node>> = BTreeMap::new();
    for (number, edge) in edges.iter().enumerate() {
        let way = way(number, *edge, &column);
        for pair in way.windows(2) {
            neighbours.entry(pair[0]).or_default().push(pair[1]);
            neighbours.entry(pair[1]).or_default().push(pair[0]);
        }
        for node in &way {
            if let Node::Bend(_, at) = node {
                columns[*at].push(*node);
            }
        }
    }
    for sweep in 0..SWEEPS {
        let mut order: Vec<usize> = (0..count).collect();
        if sweep % 2 == 1 {
            order.reverse();
        }
        for at in order {
            sort(&mut columns, at, &neighbours);
        }
    }
    columns
}

/// By the middle of the neighbours; whoever has none stays about where it is.
fn sort(columns: &mut Columns, at: usize, neighbours: &BTreeMap<Node, Vec<Node>>) {
    let places: BTreeMap<Node, f64> = columns.iter().flat_map(|column| spread(column)).collect();
    let middle = |node: &Node| {
        let around = neighbours.get(node).into_iter().flatten();
        let around: Vec<f64> = around
            .filter_map(|node| places.get(node))
            .copied()
            .collect();
        let sum: f64 = around.iter().sum();
        if around.is_empty() {
            places[node]
        } else {
            sum / f64::from(small(around.len()))
        }
    };
    let mut keyed: Vec<(f64, Node)> = columns[at]
        .iter()
        .map(|node| (middle(node), *node))
        .collect();
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
    columns[at] = keyed.into_iter().map(|(_, node)| node).collect();
}

/// Each node's share of its column's height.
fn spread(column: &[Node]) -> Vec<(Node, f64)> {
    let count = f64::from(small(column.len()));
    let places = column.iter().enumerate();
    places
        .map(|(index, node)| (*node, (f64::from(small(index)) + 0.5) / count))
        .collect()
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::{Edge, Why};
    use super::{Node, ordered};

    #[test]
    fn long_arrows_bend_and_do_not_cross() {
        let edge = |from, to| Edge {
            from,
            to,
            why: Why::Requires,
        };
        let edges = [edge(1, 3), edge(1, 4), edge(2, 3), edge(3, 4)];
        let columns = ordered(&[1, 2, 3, 4, 5], &edges);
        assert_eq!(columns.len(), 3);
        assert!(columns[1].contains(&Node::Bend(1, 1)), "{columns:?}");
        let place = |column: usize, node: Node| columns[column].iter().position(|it| *it == node);
        // 1 is above 2 exactly where its arrow to 4 is above 3.
        let above = place(0, Node::Box(1)) < place(0, Node::Box(2));
        assert_eq!(
            above,
            place(1, Node::Bend(1, 1)) < place(1, Node::Box(3)),
            "{columns:?}"
        );
    }
}
