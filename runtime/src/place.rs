//! Where in a script the server stopped.

use crate::migration::{Script, Statement};

/// A statement of what was sent, and a point in or at it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Place {
    /// Index of the statement, from 0.
    pub(crate) statement: usize,
    /// So many bytes behind its start.
    behind: usize,
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
        let begun = script.statements.partition_point(|s| s.start as usize <= offset);
        let statement = begun.saturating_sub(1);
        let start = script.statements.get(statement).map_or(offset, |s| s.start as usize);
        Self { statement, behind: offset.saturating_sub(start) }
    }

    /// Line, column in characters, both from 1, and statement in the script as its file has it.
    /// Of a statement that was `sent` in other words, it is the start.
    pub(crate) fn within<'s>(
        self,
        script: &Script<'s>,
        sent: &Script<'_>,
    ) -> (usize, usize, &'s str) {
        let statement = script.statements.get(self.statement);
        let text = statement.map(|statement| script.text(statement)).unwrap_or_default();
        let is_sent = sent.statements.get(self.statement).is_some_and(|s| sent.text(s) == text);
        let start = statement.map_or(0, |statement| statement.start as usize);
        let before = script.sql.get(..start + if is_sent { self.behind } else { 0 });
        let before = before.unwrap_or(script.sql);
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
        (before.matches('\n').count() + 1, column, text)
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
        let [one, two] = ["SELECT 'ä', x", "SELECT (2"];
        let within = |place: Place| place.within(&script, &script);
        assert_eq!(within(Place::behind(&script, 0, 21)), (2, 13, one));
        assert_eq!(within(Place::behind(&script, 0, 24)), (3, 1, two));
        assert_eq!(within(Place::behind(&script, 0, 999)), (3, 10, two));
        assert_eq!(within(Place::behind(&script, 11, 12)), (2, 13, one));
        assert_eq!(within(Place::start_of(&script, &statements[1])), (3, 1, two));
        let sent = Script { sql: "", statements: &[], ..script };
        assert_eq!(Place::behind(&script, 11, 12).within(&script, &sent), (2, 1, one));
    }
}
