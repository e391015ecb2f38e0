//! What the server prints of an object, as a tree of its parentheses: in one form where it has
//! several, and without the expressions, which each major version prints in its own way.
//!
//! A schema that was dumped and restored is printed with other parentheses in two places. The
//! cast of an array goes to its elements, and of `AND` within `AND` one level is lost; see
//! `transformTypeCast` and `makeAndExpr` of PostgreSQL's parser.

use pgstrata_compiler::lexer::{TokenKind, tokens};

/// A word of the server, or what stands between brackets.
#[derive(Clone, Debug)]
enum Node<'a> {
    Word(TokenKind, &'a str),
    Group(&'a str, Vec<Node<'a>>),
}

use Node::{Group, Word};

/// A definition in the form that a copy of it has, too.
pub(super) fn normal(text: &str) -> String {
    written(&normalized(tree(text)))
}

/// Of an index: which columns, and that there is an expression.
pub(super) fn index(text: &str) -> String {
    let mut nodes = normalized(tree(text));
    // The predicate comes last.
    if let Some(at) = nodes.iter().position(|node| is(node, "where")) {
        nodes.truncate(at + 1);
    }
    written(&without_expressions(nodes))
}

/// Of a constraint: what refers to other tables and columns, not what is checked.
pub(super) fn constraint(text: &str) -> String {
    let mut nodes = normalized(tree(text));
    if nodes
        .first()
        .is_some_and(|node| is(node, "check") || is(node, "exclude"))
    {
        nodes.retain(|node| matches!(node, Word(..)));
    }
    written(&nodes)
}

/// Of a trigger: all but its condition.
pub(super) fn trigger(text: &str) -> String {
    let mut nodes = tree(text);
    if let Some(at) = nodes.iter().position(|node| is(node, "when")) {
        nodes.remove(at + 1);
    }
    written(&nodes)
}

/// Of a function: all but the defaults of its arguments, and a body that is no string.
pub(super) fn function(text: &str) -> String {
    let mut nodes = tree(text);
    if let Some(at) = nodes.iter().position(|node| matches!(node, Group("(", _))) {
        nodes.remove(at);
    }
    let is_string =
        |node: &Node<'_>| matches!(node, Word(TokenKind::DollarString | TokenKind::String, _));
    let parsed = ["begin", "return"];
    let body = nodes
        .iter()
        .position(|node| parsed.iter().any(|word| is(node, word)));
    if let (Some(at), false) = (body, nodes.last().is_some_and(is_string)) {
        nodes.truncate(at);
    }
    written(&nodes)
}

/// Of a domain: its type, and whether there is a default.
pub(super) fn domain(text: &str) -> String {
    let mut nodes = tree(text);
    if let Some(at) = nodes.iter().position(|node| is(node, "default")) {
        nodes.truncate(at + 1);
    }
    written(&nodes)
}

/// Of statistics: which columns, and that there is an expression.
pub(super) fn statistics(text: &str) -> String {
    let nodes = normalized(tree(text));
    let Some(on) = nodes.iter().position(|node| is(node, "on")) else {
        return written(&nodes);
    };
    let (before, columns) = nodes.split_at(on + 1);
    let columns = elements(columns)
        .into_iter()
        .map(|element| written(&column(element)));
    format!(
        "{} {}",
        written(before),
        columns.collect::<Vec<_>>().join(" , ")
    )
}

/// Of a partitioned table.
pub(super) fn partition_key(text: &str) -> String {
    written(&without_expressions(normalized(tree(text))))
}

fn tree(text: &str) -> Vec<Node<'_>> {
    let mut open: Vec<(&str, Vec<Node<'_>>)> = vec![("", Vec::new())];
    for token in tokens(text).filter(|token| !token.is_trivia()) {
        let word = &text[token.span.start..token.span.end];
        match word {
            "(" | "[" => open.push((word, Vec::new())),
            ")" | "]" if open.len() > 1 => {
                if let (Some((bracket, nodes)), Some((_, outer))) = (open.pop(), open.last_mut()) {
                    outer.push(Group(bracket, nodes));
                }
            }
            _ => {
                if let Some((_, nodes)) = open.last_mut() {
                    nodes.push(Word(token.kind, word));
                }
            }
        }
    }
    open.into_iter().flat_map(|(_, nodes)| nodes).collect()
}

fn normalized(nodes: Vec<Node<'_>>) -> Vec<Node<'_>> {
    let nodes = nodes.into_iter().map(|node| match node {
        Group(bracket, inside) => Group(bracket, normalized(inside)),
        word @ Word(..) => word,
    });
    flat(casts_inside(&nodes.collect::<Vec<_>>()))
}

/// `(ARRAY[a, b])::t[]` as `ARRAY[(a)::t, (b)::t]`.
fn casts_inside<'a>(nodes: &[Node<'a>]) -> Vec<Node<'a>> {
    let mut out = Vec::new();
    let mut rest = nodes;
    while let Some((node, behind)) = rest.split_first() {
        rest = behind;
        let (Some(array), Some(length)) = (array(node), length_of_cast(behind)) else {
            out.push(node.clone());
            continue;
        };
        let cast = &behind[..length];
        rest = &behind[length + 1..];
        let mut inside = Vec::new();
        for element in elements(array) {
            if !inside.is_empty() {
                inside.push(Word(TokenKind::Punctuation, ","));
            }
            inside.push(Group("(", element.to_vec()));
            inside.extend_from_slice(cast);
        }
        out.extend([Word(TokenKind::Word, "ARRAY"), Group("[", inside)]);
    }
    out
}

/// What is in `(ARRAY[…])`.
fn array<'n, 'a>(node: &'n Node<'a>) -> Option<&'n [Node<'a>]> {
    let Group("(", inside) = node else {
        return None;
    };
    match inside.as_slice() {
        [word, Group("[", elements)] if is(word, "array") => Some(elements),
        _ => None,
    }
}

/// How many words a cast to an array has, without `[]`.
fn length_of_cast(nodes: &[Node<'_>]) -> Option<usize> {
    if !nodes.first().is_some_and(|node| is(node, "::")) {
        return None;
    }
    let is_type = |node: &&Node<'_>| match node {
        Word(kind, word) => {
            matches!(kind, TokenKind::Word | TokenKind::QuotedIdentifier) || *word == "."
        }
        Group(bracket, _) => *bracket == "(",
    };
    let length = 1 + nodes[1..].iter().take_while(is_type).count();
    matches!(nodes.get(length), Some(Group("[", inside)) if inside.is_empty()).then_some(length)
}

/// `(a AND b) AND c` as `a AND b AND c`, and the same of `OR`.
fn flat(nodes: Vec<Node<'_>>) -> Vec<Node<'_>> {
    let Some(word) = connective(&nodes) else {
        return nodes;
    };
    let mut out = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        let is_operand = (at == 0 || is(&nodes[at - 1], word))
            && nodes.get(at + 1).is_none_or(|next| is(next, word));
        match node {
            Group("(", inside) if is_operand && connective(inside) == Some(word) => {
                out.extend(flat(inside.clone()));
            }
            _ => out.push(node.clone()),
        }
    }
    out
}

/// The one that joins all operands, each of which has parentheses of its own.
fn connective(nodes: &[Node<'_>]) -> Option<&'static str> {
    let has = |word: &str| nodes.iter().any(|node| is(node, word));
    match (has("and"), has("or")) {
        (true, false) => Some("and"),
        (false, true) => Some("or"),
        _ => None,
    }
}

/// Each list between parentheses with `(expression)` for all that is no name of a column.
fn without_expressions(nodes: Vec<Node<'_>>) -> Vec<Node<'_>> {
    let outer = nodes.into_iter().map(|node| {
        let Group("(", inside) = node else {
            return node;
        };
        let mut list = Vec::new();
        for element in elements(&inside) {
            if !list.is_empty() {
                list.push(Word(TokenKind::Punctuation, ","));
            }
            list.extend(column(element));
        }
        Group("(", list)
    });
    outer.collect()
}

fn column<'a>(element: &[Node<'a>]) -> Vec<Node<'a>> {
    let is_name = |node: &&Node<'_>| match node {
        Word(kind, word) => {
            matches!(kind, TokenKind::Word | TokenKind::QuotedIdentifier) || *word == "."
        }
        Group(..) => false,
    };
    // A function's arguments follow its name; an operator class stands between.
    let names = element.iter().take_while(is_name).count();
    let dots = element
        .iter()
        .take(names)
        .filter(|node| is(node, "."))
        .count();
    match element.get(names) {
        Some(Group("(", _)) if names == 2 * dots + usize::from(names > 0) => {
            let mut kept = vec![Word(TokenKind::Word, "(expression)")];
            kept.extend_from_slice(&element[names + 1..]);
            kept
        }
        _ => element.to_vec(),
    }
}

fn elements<'n, 'a>(nodes: &'n [Node<'a>]) -> Vec<&'n [Node<'a>]> {
    let parts = nodes.split(|node| is(node, ","));
    parts.filter(|part| !part.is_empty()).collect()
}

fn is(node: &Node<'_>, word: &str) -> bool {
    matches!(node, Word(kind, found) if *kind != TokenKind::QuotedIdentifier && found.eq_ignore_ascii_case(word))
}

fn written(nodes: &[Node<'_>]) -> String {
    let text = nodes.iter().map(|node| match node {
        Word(_, word) => (*word).to_owned(),
        Group("[", inside) => format!("[ {} ]", written(inside)),
        Group(_, inside) => format!("( {} )", written(inside)),
    });
    text.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cut: fn(&str) -> String, cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            let packed = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(packed(&cut(text)), packed(expected), "{text}");
        }
    }

    #[test]
    fn a_copy_is_printed_with_other_parentheses() {
        check(
            normal,
            &[
                (
                    "CHECK (((a)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[])))",
                    "CHECK (((a)::text = ANY (ARRAY[('x'::character varying)::text, ('y'::character varying)::text])))",
                ),
                (
                    "((((a >= 1) AND (a <= 2)) AND (b > 0)))",
                    "(((a >= 1) AND (a <= 2) AND (b > 0)))",
                ),
                ("((a) AND ((b) OR (c)))", "((a) AND ((b) OR (c)))"),
                ("(((a + b) * c) = 1)", "(((a + b) * c) = 1)"),
                ("'(ARRAY[1])::int[]  '::text", "'(ARRAY[1])::int[]  '::text"),
            ],
        );
        assert_ne!(normal("'a  b'"), normal("'a b'"));
    }

    #[test]
    fn expressions_can_be_cut_out() {
        check(
            index,
            &[
                (
                    "CREATE UNIQUE INDEX i ON public.t USING btree (a DESC, lower(b) COLLATE \"C\", ((c + 1))) INCLUDE (d) WHERE (a > 0)",
                    "CREATE UNIQUE INDEX i ON public.t USING btree (a DESC, (expression) COLLATE \"C\", (expression)) INCLUDE (d) WHERE",
                ),
                (
                    "CREATE INDEX i ON t USING gin (a public.gin_trgm_ops (siglen='32')) WITH (fastupdate='off')",
                    "CREATE INDEX i ON t USING gin (a public.gin_trgm_ops (siglen='32')) WITH (fastupdate='off')",
                ),
            ],
        );
        check(
            constraint,
            &[
                ("CHECK ((a > 0)) NOT VALID", "CHECK NOT VALID"),
                (
                    "EXCLUDE USING gist (a WITH =) WHERE ((b))",
                    "EXCLUDE USING gist WHERE",
                ),
                (
                    "FOREIGN KEY (a) REFERENCES t(b)",
                    "FOREIGN KEY (a) REFERENCES t(b)",
                ),
            ],
        );
        check(
            function,
            &[
                (
                    "CREATE FUNCTION f(a int DEFAULT 1)\n RETURNS int\n LANGUAGE sql\nAS $function$ SELECT 1 $function$\n",
                    "CREATE FUNCTION f RETURNS int LANGUAGE sql AS $function$ SELECT 1 $function$",
                ),
                (
                    "CREATE FUNCTION f()\n RETURNS int\n LANGUAGE sql\nRETURN 1\n",
                    "CREATE FUNCTION f RETURNS int LANGUAGE sql",
                ),
            ],
        );
        check(
            trigger,
            &[(
                "CREATE TRIGGER x BEFORE UPDATE ON t FOR EACH ROW WHEN ((a)) EXECUTE FUNCTION f()",
                "CREATE TRIGGER x BEFORE UPDATE ON t FOR EACH ROW WHEN EXECUTE FUNCTION f()",
            )],
        );
        check(
            domain,
            &[("int not null default '5'::int", "int not null default")],
        );
    }
}
