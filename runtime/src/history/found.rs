//! What the catalog says of the tables: their layout, and who owns them.

use crate::row::{Row, Rows, Unreadable};

/// The layout of the tables that this program writes. Their comments hold it, and the oldest
/// layout that a writer must know.
pub(crate) const LAYOUT: i32 = 4;

/// As `layout_comments.sql` says.
const OLDEST_WRITER: i32 = 3;

/// What an inspection found.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) oldest_writer: i32,
    pub(crate) layout: i32,
    pub(crate) history_owner: u32,
    pub(crate) events_owner: Option<u32>,
    /// Whether the catalog says that they may have triggers, rules, children or row security.
    pub(crate) has_flags: bool,
}

impl Found {
    /// Of tables that were just made as this program makes them.
    pub(crate) fn made(row: Option<Row<'_>>) -> Result<Option<Self>, Unreadable> {
        let owner = row.map(|row| row.get("owner")).transpose()?;
        Ok(owner.map(|owner| Self {
            oldest_writer: OLDEST_WRITER,
            layout: LAYOUT,
            history_owner: owner,
            events_owner: Some(owner),
            has_flags: false,
        }))
    }

    /// From the rows of `layout.sql`, one for each table that is there.
    pub(crate) fn from_rows(rows: &Rows) -> Result<Option<Self>, Unreadable> {
        let mut found = None;
        for row in rows {
            let owner = row.get("owner")?;
            let has_flags = row.get("has_flags")?;
            match (row.get::<i32>("place")?, &mut found) {
                (0, found) => {
                    let comment: Option<String> = row.get("comment")?;
                    let number = |before| number_after(comment.as_deref()?, before);
                    // Earlier layouts have one number in their comment, and the first one none.
                    let oldest_writer = number("layout ").unwrap_or(1);
                    *found = Some(Self {
                        oldest_writer,
                        layout: number("extended to ").unwrap_or(oldest_writer),
                        history_owner: owner,
                        events_owner: None,
                        has_flags,
                    });
                }
                (_, Some(found)) => {
                    found.events_owner = Some(owner);
                    found.has_flags |= has_flags;
                }
                (_, None) => {}
            }
        }
        Ok(found)
    }
}

fn number_after(text: &str, before: &str) -> Option<i32> {
    let (_, after) = text.split_once(before)?;
    let end = after
        .find(|it: char| !it.is_ascii_digit())
        .unwrap_or(after.len());
    after[..end].parse().ok()
}
