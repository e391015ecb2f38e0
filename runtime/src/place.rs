//! Where in a script a run is, or failed.

use std::borrow::Cow;

use crate::embedded::Script;

/// How far a script had come.
#[derive(Clone, Copy)]
pub(crate) enum Stage {
    /// Before its first statement.
    Claim,
    Statement(StatementPosition),
    /// In the verify script.
    Verify(Option<StatementPosition>),
    /// In the hook before the migration.
    Before,
    /// In the Rust code of its file.
    Code,
    /// In the hook after the migration.
    After,
    /// Behind its last statement, or at a constraint deferred until then.
    Record,
    /// It travelled as one message and the server gave no position.
    Unknown,
}

/// A statement of a script, and a point in or at it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct StatementPosition {
    /// Index of the statement, from 0.
    pub(crate) statement: usize,
    /// So many characters after its start.
    pub(crate) behind: usize,
}

impl StatementPosition {
    /// Line, column in characters, both from 1, and statement in the script as its file has it.
    /// Of a statement that was `sent` in other words, it is the start.
    pub(crate) fn within<'s>(
        self,
        script: &Script<'s>,
        sent: &[Cow<'_, str>],
    ) -> (usize, usize, &'s str) {
        let statement = script.statements().nth(self.statement);
        let text = statement
            .map(|statement| script.text(statement))
            .unwrap_or_default();
        let is_sent = sent.get(self.statement).is_some_and(|sent| *sent == text);
        let behind = text
            .char_indices()
            .nth(if is_sent { self.behind } else { 0 });
        let behind = behind.map_or(text.len(), |(behind, _)| behind);
        let before = statement.and_then(|it| script.sql.get(..it.start as usize + behind));
        let before = before.unwrap_or_default();
        let column = before
            .rsplit('\n')
            .next()
            .map_or(0, |line| line.chars().count())
            + 1;
        (before.matches('\n').count() + 1, column, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::Statement;

    #[test]
    fn characters_become_line_and_column() {
        let sql = "-- größe\nSELECT 'ä', x;\nSELECT (2\n";
        let statements = [
            Statement {
                start: 11,
                end: 25,
                line: 2,
                concurrent: false,
            }
            .packed(),
            Statement {
                start: 27,
                end: 36,
                line: 3,
                concurrent: false,
            }
            .packed(),
        ];
        let script = Script {
            sql,
            packed: &statements,
            ..Script::EMPTY
        };
        let texts = ["SELECT 'ä', x", "SELECT (2"];
        let sent = texts.map(Cow::Borrowed);
        let within =
            |statement, behind| StatementPosition { statement, behind }.within(&script, &sent);
        assert_eq!(within(0, 12), (2, 13, texts[0]));
        assert_eq!(within(1, 0), (3, 1, texts[1]));
        assert_eq!(within(1, 999), (3, 10, texts[1]));
        let other = [Cow::Borrowed("SELECT 1")];
        assert_eq!(
            StatementPosition {
                statement: 0,
                behind: 12
            }
            .within(&script, &other),
            (2, 1, texts[0])
        );
    }
}
