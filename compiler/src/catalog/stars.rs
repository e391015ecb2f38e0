//! What `*` in the query of a view stands for: PostgreSQL keeps the columns that there are when the view is made
//! (PostgreSQL manual: CREATE VIEW).

use super::Catalog;
use crate::action::ObjectKind;
use crate::cursor::{Cursor, Name};
use crate::tokens::Tokens;

/// What ends the list of tables behind `FROM`.
const ENDS: [&[&str]; 12] = [
    &["where"],
    &["group"],
    &["having"],
    &["window"],
    &["union"],
    &["intersect"],
    &["except"],
    &["order"],
    &["limit"],
    &["offset"],
    &["fetch"],
    &["for"],
];

/// What a table may be followed by that is not its other name.
const NO_ALIAS: [&str; 10] = [
    "on",
    "using",
    "join",
    "inner",
    "left",
    "right",
    "full",
    "cross",
    "natural",
    "tablesample",
];

impl Catalog {
    /// The columns of each `*` of a definition, in the table's order; `None` for one that cannot be told.
    pub(super) fn stars(&self, definition: &Tokens) -> Vec<Option<Vec<String>>> {
        let mut cursor = Cursor::of(definition);
        let (mut stars, mut before, mut qualifier) = (Vec::new(), "", None);
        while !cursor.is_at_end() {
            let text = cursor.text();
            if text == "*" {
                let begins = ["select", "distinct", "all", ","];
                if before == "." {
                    let table = qualifier
                        .as_deref()
                        .and_then(|it| table_called(definition, it));
                    stars.push(table.and_then(|it| self.columns_of(&it)));
                } else if begins.iter().any(|it| before.eq_ignore_ascii_case(it)) {
                    stars.push(only_table(cursor).and_then(|it| self.columns_of(&it)));
                }
            }
            let mut behind = cursor;
            match behind.identifier() {
                Some(name) => qualifier = Some(name),
                None if text != "." => qualifier = None,
                None => {}
            }
            before = text;
            cursor.advance();
        }
        stars
    }

    /// All columns of a table that is known whole.
    fn columns_of(&self, table: &Name) -> Option<Vec<String>> {
        let object = self.table(table)?;
        let is_whole = !object.has_more_columns && !object.is_hearsay && object.parents.is_empty();
        let columns = self.parts(ObjectKind::Column, table);
        let mut columns: Vec<(usize, String)> = columns
            .map(|(name, column)| (column.ordinal, name.to_owned()))
            .collect();
        columns.sort();
        let columns: Vec<String> = columns.into_iter().map(|(_, name)| name).collect();
        (is_whole && object.on.is_none() && !columns.is_empty()).then_some(columns)
    }
}

/// The table of a `SELECT *`, if it is the only one.
fn only_table(star: Cursor<'_>) -> Option<Name> {
    let mut from = star.finds(&["from"])?;
    from.eat(&["from"]);
    from.eat(&["only"]);
    let table = from.name()?;
    let is_over = |cursor: &Cursor<'_>| {
        cursor.is_at_end() || cursor.text() == ")" || ENDS.iter().any(|it| cursor.sees(it))
    };
    if !is_over(&from) {
        from.eat(&["as"]);
        from.identifier()?;
    }
    is_over(&from).then_some(table)
}

/// The table that a query calls so; `None` where more than one is, or a part of the query.
fn table_called(definition: &Tokens, called: &str) -> Option<Name> {
    let mut cursor = Cursor::of(definition);
    let mut found: Option<Name> = None;
    let mut before = "";
    while !cursor.is_at_end() {
        let begins = ["from", "join", ",", "only"];
        let mut behind = cursor;
        if begins.iter().any(|it| before.eq_ignore_ascii_case(it))
            && let Some(table) = behind.name()
        {
            let has_as = behind.eat(&["as"]);
            let has_alias = has_as || !NO_ALIAS.iter().any(|it| behind.sees(&[it]));
            let is_over = ENDS.iter().any(|it| behind.sees(it));
            let mut alias = behind;
            let alias = (has_alias && !is_over)
                .then(|| alias.identifier())
                .flatten();
            if alias.as_deref().unwrap_or(&table.name) == called {
                if found.is_some_and(|found| found != table) {
                    return None;
                }
                found = Some(table);
            }
        }
        // `WITH name AS (` and `( … ) AS name`.
        let mut part = cursor;
        if part.identifier().as_deref() == Some(called)
            && (before == ")"
                || before.eq_ignore_ascii_case("as")
                || part.eat(&["as"]) && part.text() == "(")
            && found.as_ref().is_none_or(|it| it.name == called)
        {
            return None;
        }
        before = cursor.text();
        cursor.advance();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Catalog, Name, Tokens, only_table, table_called};
    use crate::cursor::Cursor;

    #[test]
    fn a_table_is_found_by_what_it_is_called() {
        let shown = |name: Option<Name>| name.map_or("-".to_owned(), |name| name.shown());
        for (query, called, expected) in [
            ("SELECT a.* FROM account a", "a", "account"),
            (
                "SELECT a.* FROM account AS a JOIN other o ON true",
                "a",
                "account",
            ),
            (
                "SELECT o.* FROM account AS a LEFT JOIN s.other o ON true",
                "o",
                "s.other",
            ),
            (
                "SELECT account.* FROM account WHERE x",
                "account",
                "account",
            ),
            (
                "SELECT account.* FROM account JOIN b ON true",
                "account",
                "account",
            ),
            ("SELECT \"A\".* FROM account \"A\", other a", "A", "account"),
            ("WITH a AS (SELECT 1) SELECT a.* FROM a", "a", "-"),
            ("SELECT a.* FROM (SELECT 1) a", "a", "-"),
            ("SELECT a.* FROM (SELECT 1) AS a", "a", "-"),
            (
                "SELECT (SELECT a.x FROM other a), a.* FROM account a",
                "a",
                "-",
            ),
            ("SELECT b.* FROM account a", "b", "-"),
        ] {
            let found = table_called(&Tokens::read(query), called);
            assert_eq!(shown(found), expected, "{query}");
        }
        for (query, expected) in [
            ("SELECT * FROM account", "account"),
            ("SELECT *, 1 AS one FROM account a WHERE x", "account"),
            ("SELECT * FROM account a, other", "-"),
            ("SELECT * FROM account JOIN other ON true", "-"),
            ("SELECT * FROM (SELECT 1) a", "-"),
            ("SELECT * FROM f(1)", "-"),
        ] {
            let tokens = Tokens::read(query);
            let mut star = Cursor::of(&tokens);
            star.up_to(|it| it.text() == "*");
            assert_eq!(shown(only_table(star)), expected, "{query}");
        }
        assert!(
            Catalog::default()
                .stars(&Tokens::read("SELECT a * b, count(*), 2 * 3 FROM t"))
                .is_empty()
        );
    }
}
