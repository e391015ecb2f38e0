//! Which of the functions of one name a statement means: by the types of its arguments.

use crate::cursor::Cursor;
use crate::data_type::DataType;
use crate::tokens::Tokens;

/// The types that tell functions of one name apart, such as `(integer, text[])`, given the cursor before
/// the parenthesis; steps over it. Nothing where none are written.
pub(crate) fn read(cursor: &mut Cursor<'_>) -> Option<String> {
    let parts = cursor.parenthesised()?;
    let types: Vec<String> = parts.into_iter().filter_map(argument).collect();
    Some(format!("({})", types.join(", ")))
}

/// The same of a definition, which begins with its arguments.
pub(crate) fn of(definition: &Tokens) -> String {
    read(&mut Cursor::of(definition)).unwrap_or_default()
}

/// The type of one argument; nothing of a result.
fn argument(mut part: Cursor<'_>) -> Option<String> {
    if part.eat(&["out"]) || part.sees(&["order", "by"]) {
        return None;
    }
    for mode in ["in", "inout", "variadic"] {
        part.eat(&[mode]);
    }
    let is_end = |cursor: &Cursor<'_>| cursor.sees(&["default"]) || cursor.text() == "=";
    let own = part.up_to(is_end);
    let whole = Cursor::of(&own);
    let mut named = whole;
    named.identifier();
    // A name before the type is no part of it; `double precision` is a type of two words.
    let is_known = |name: &str| TWO_WORDS.contains(&name);
    let first = Cursor::of(&own).identifier();
    let is_type = named.is_at_end()
        || matches!(named.text(), "(" | "[" | "." | "%")
        || named.sees(&["array"])
        || first.is_some_and(|first| is_known(&first))
            && ["precision", "varying", "with", "without"]
                .iter()
                .any(|it| named.sees(&[it]));
    let mut words = if is_type { whole } else { named };
    let shown = words.normalised();
    let kind = DataType::read(&mut words);
    Some(kind.map_or_else(
        || shown.shown().to_owned(),
        // Lengths and scales are not kept of an argument.
        |kind| {
            DataType {
                modifiers: Vec::new(),
                ..kind
            }
            .to_string()
        },
    ))
}

/// The first words of types that have another.
const TWO_WORDS: [&str; 6] = ["double", "character", "char", "bit", "time", "timestamp"];

#[cfg(test)]
mod tests {
    use super::of;
    use crate::tokens::Tokens;

    #[test]
    fn types_are_told_from_names_modes_and_defaults() {
        for (text, expected) in [
            ("()", "()"),
            ("(int)", "(integer)"),
            ("(a int4, b text DEFAULT 'x')", "(integer, text)"),
            (
                "(IN a int, OUT b text, VARIADIC c varchar[])",
                "(integer, character varying[])",
            ),
            (
                "(double precision, timestamptz = now())",
                "(double precision, timestamp with time zone)",
            ),
            (
                "(a double precision, timestamp with time zone)",
                "(double precision, timestamp with time zone)",
            ),
            (
                "(a numeric(10, 2), character varying(3))",
                "(numeric, character varying)",
            ),
            (
                "(a public.amount, b amount[], \"C d\" app.amount)",
                "(amount, amount[], app.amount)",
            ),
            (
                "(pg_catalog.int8, time time)",
                "(bigint, time without time zone)",
            ),
        ] {
            assert_eq!(of(&Tokens::read(text)), expected, "{text}");
        }
    }
}
