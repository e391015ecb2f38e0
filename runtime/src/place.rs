//! Where in a script the server stopped.

use crate::migration::{Script, Statement};

/// A statement of a script, and a point in or at it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Place {
    /// Index of the statement, from 0.
    pub(crate) statement: usize,
    /// From 1.
    pub(crate) line: usize,
    /// In characters, from 1.
    pub(crate) column: usize,
}

impl Place {
    /// The start of a statement.
    pub(crate) fn start_of(script: &Script<'_>, statement: &Statement) -> Self {
        Self::at(script, statement.start as usize)
    }

    /// `characters` behind the byte `start`: the server counts characters in what was
    /// sent, and calls the end of the last statement what comes behind the script.
    /// <https://www.postgresql.org/docs/current/protocol-error-fields.html>
    pub(crate) fn behind(script: &Script<'_>, start: usize, characters: usize) -> Self {
        let end = script.statements.last().map_or(0, |last| last.end as usize);
        let offset = script
            .sql
            .get(start..)
            .and_then(|text| text.char_indices().nth(characters))
            .map_or(end, |(offset, _)| (start + offset).min(end));
        Self::at(script, offset)
    }

    fn at(script: &Script<'_>, offset: usize) -> Self {
        let before = script.sql.get(..offset).unwrap_or(script.sql);
        let behind = script.statements.partition_point(|s| s.start as usize <= offset);
        Self {
            statement: behind.saturating_sub(1),
            line: before.matches('\n').count() + 1,
            column: before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::{Checksum, Mode};

    #[test]
    fn characters_become_line_and_column() {
        let sql = "-- größe\nSELECT 'ä', x;\nSELECT (2\n";
        let statements = [
            Statement { start: 11, end: 25, line: 2, concurrent: false },
            Statement { start: 27, end: 36, line: 3, concurrent: false },
        ];
        let script = Script {
            sql,
            statements: &statements,
            checksum: Checksum { algorithm: 1, sha256: [0; 32] },
            mode: Mode::Transaction,
            lock_timeout: None,
            statement_timeout: None,
            special: &[],
        };
        let place = |statement, line, column| Place { statement, line, column };
        assert_eq!(Place::behind(&script, 0, 21), place(0, 2, 13));
        assert_eq!(Place::behind(&script, 0, 24), place(1, 3, 1));
        assert_eq!(Place::behind(&script, 0, 999), place(1, 3, 10));
        assert_eq!(Place::behind(&script, 11, 12), place(0, 2, 13));
        assert_eq!(Place::start_of(&script, &statements[1]), place(1, 3, 1));
    }
}
