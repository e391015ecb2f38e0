//! What the checks of a table prove of its rows, so that PostgreSQL need not read them.

use crate::action::Kind;
use crate::catalog::Catalog;
use crate::cursor::{Cursor, Name};

/// Whether a validated check says that the column holds no NULL.
pub(crate) fn proves_not_null(catalog: &Catalog, table: &Name, column: &str) -> bool {
    let mut constraints = catalog.parts(Kind::Constraint, table);
    constraints.any(|(_, constraint)| {
        let mut cursor = Cursor::of(&constraint.definition);
        let mut says_so = false;
        while !cursor.is_at_end() {
            let Some(name) = cursor.identifier() else {
                cursor.advance();
                continue;
            };
            let is_it = name == column;
            says_so |= is_it && cursor.sees(&["is", "not", "null"]);
        }
        !constraint.not_valid && says_so
    })
}
