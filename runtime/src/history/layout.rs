//! The layout of the tables: made new, or upgraded from an earlier release's.

use postgres::Client;

use super::{History, Use};
use crate::error::{Error, Result};
use crate::own::{Row, Unreadable};
use crate::session::Wire;

/// The layout of the tables that this program writes. Their comments hold it, and the oldest
/// layout that a writer must know.
pub(super) const LAYOUT: i32 = 4;

/// What an inspection found.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) oldest_writer: i32,
    pub(super) layout: i32,
    pub(super) history_owner: u32,
    pub(super) events_owner: Option<u32>,
    /// Whether the catalog says that they may have triggers, rules, children or row security.
    pub(super) has_flags: bool,
}

impl History {
    /// Creates what is missing and brings what is there to this program's layout, as it was read
    /// last.
    pub(crate) fn prepare(&mut self, client: &mut Client, wire: &mut Wire<'_>) -> Result<()> {
        match &self.found {
            Some(found) if found.oldest_writer > LAYOUT => {
                let (newer, known) = (found.oldest_writer.to_string(), LAYOUT.to_string());
                let values = [
                    ("table", &*self.table),
                    ("newer", &newer),
                    ("known", &known),
                ];
                return Err(Error::sentence("newer-layout", &values));
            }
            Some(found) if found.layout >= LAYOUT => return Ok(()),
            _ => {}
        }
        let (template, if_missing) = match self.found {
            None => (include_str!("../sql/create_history.sql"), ""),
            Some(_) => (include_str!("../sql/upgrade_history.sql"), "IF NOT EXISTS"),
        };
        let part = |template: &str| self.fill(template, &[("if_missing", if_missing)]);
        // To create a schema that is there, if only if it is missing, takes a right all the same.
        let create_schema = if self.is_schema_missing {
            part(include_str!("../sql/create_schema.sql"))
        } else {
            String::new()
        };
        let parts = [
            ("create_schema", &*create_schema),
            (
                "create_failures",
                &part(include_str!("../sql/create_failures.sql")),
            ),
            (
                "comments",
                &part(include_str!("../sql/layout_comments.sql")),
            ),
        ];
        let message =
            self.fill(template, &parts) + &self.fill(include_str!("../sql/layout.sql"), &[]);
        let table = &self.table;
        let doing = match &self.found {
            None => format!("creating the history {table}"),
            Some(Found { layout, .. }) => {
                format!("upgrading the history {table} from layout {layout} to {LAYOUT}")
            }
        };
        match wire.ask(client, self, &message) {
            Ok(sets) => {
                let layout = sets.last().map_or(&[][..], |rows| rows);
                self.found = self.reading(Found::from_rows(layout))?;
                Ok(())
            }
            // Where another program was faster, and no lock held us apart, the server
            // complains in one of several ways; what counts is that all is there.
            Err(cause) => match self.read(client, wire, Use::Write) {
                Ok(_) if self.found.as_ref().is_some_and(|it| it.layout >= LAYOUT) => Ok(()),
                _ => Err(self.with_repairs(client, Use::Write, cause.while_doing(&doing))),
            },
        }
    }

    /// Refuses where a run would have to bring the tables to this program's layout first, and this
    /// role may not; as they were read last.
    pub(crate) fn check_upgrade(&self, client: &mut Client, wire: &mut Wire<'_>) -> Result<()> {
        let Some(layout) = self.found.as_ref().map(|found| found.layout) else {
            return Ok(());
        };
        if layout >= LAYOUT {
            return Ok(());
        }
        let query = self.fill(include_str!("../sql/may_upgrade.sql").trim_end(), &[]);
        let sets = wire.ask(client, self, &query)?;
        let lacks = sets.iter().flatten().map(|row| {
            let (message, repair): (String, String) = (row.get("message")?, row.get("repair")?);
            Ok(format!("\n  - {message}\n    {repair}"))
        });
        let lacks: Result<String, Unreadable> = lacks.collect();
        match self.reading(lacks)? {
            lacks if lacks.is_empty() => Ok(()),
            lacks => Err(Error::not_upgradable(&self.table, [layout, LAYOUT], &lacks)),
        }
    }
}

impl Found {
    /// From what `layout.sql` tells of the tables that are there.
    pub(super) fn from_rows(rows: &[Row]) -> Result<Option<Self>, Unreadable> {
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
