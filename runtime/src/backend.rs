//! A session, and the server that it is on.

use crate::row::{Row, Unreadable};

/// A session, and the server that it is on.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Backend {
    pub(crate) pid: i32,
    /// When it was started, in microseconds: a pid may come again.
    pub(crate) start: i64,
    pub(crate) is_standby: bool,
    /// The system identifier, where this role may know it.
    pub(crate) system: Option<String>,
    /// The timeline, where this role may know it.
    pub(crate) timeline: Option<u32>,
}

impl Backend {
    pub(crate) fn from_row(row: Row<'_>) -> Result<Self, Unreadable> {
        // The first eight digits, as pg_walfile_name() of PostgreSQL writes them.
        let timeline = |file: String| u32::from_str_radix(file.get(..8)?, 16).ok();
        Ok(Self {
            pid: row.get("pid")?,
            start: row.get("start")?,
            is_standby: row.get("is_standby")?,
            system: row.get("system")?,
            timeline: row.get::<Option<String>>("wal_file")?.and_then(timeline),
        })
    }

    /// Whether a run on `before` may go on here.
    pub(crate) fn follows(&self, before: &Self) -> bool {
        let differs = |(now, then): (&String, &String)| now != then;
        let is_other = self.system.as_ref().zip(before.system.as_ref());
        let timelines = self.timeline.zip(before.timeline);
        !self.is_standby
            && !is_other.is_some_and(differs)
            && timelines.is_none_or(|(now, then)| now >= then)
    }

    /// Whether both are known to be the same server, which has not been replaced by a standby.
    pub(crate) fn is_same_server(&self, other: &Self) -> bool {
        let is_known = self.system.is_some() && self.timeline.is_some();
        is_known && (&self.system, self.timeline) == (&other.system, other.timeline)
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        let known = |name: &str, value: Option<String>| {
            value.map_or(format!("{name} unknown"), |value| format!("{name} {value}"))
        };
        let timeline = self.timeline.map(|timeline| timeline.to_string());
        let role = if self.is_standby {
            "a standby"
        } else {
            "a primary"
        };
        format!(
            "{role}, {}, {}",
            known("system identifier", self.system.clone()),
            known("timeline", timeline)
        )
    }
}
