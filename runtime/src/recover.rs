//! What a crash left of a statement that refuses transactions: judged by what its target was
//! before, which is written down first, and by what the catalog shows now. `sql/judge.sql` has
//! the table of decisions.

use postgres::Row;

use crate::event::Blocker;
use crate::history::History;
use crate::lock::Lock;
use crate::migration::Target;
use crate::sql;

/// How far a script outside a transaction has come.
pub(crate) struct Progress {
    pub(crate) attempt: i64,
    /// How many statements are finished.
    pub(crate) done: usize,
    /// What the next one's target was before, where that has begun.
    pub(crate) intent: Option<Vec<i64>>,
    /// How many batches of it there were, and rows.
    pub(crate) batches: [usize; 2],
}

/// What to do about a statement.
pub(crate) struct Verdict {
    /// `run`, `record` where it has done its work, `mend` with the texts first, `wait` for the
    /// blocker, or `stop`, since only a person can tell.
    pub(crate) what: String,
    pub(crate) texts: Vec<String>,
    pub(crate) blocker: Option<Blocker>,
}

impl Progress {
    /// Reads how far a claimed script has come; `None` where it is not there any more.
    pub(crate) fn read(lock: &mut Lock<'_>, version: u64) -> Result<Option<Self>, postgres::Error> {
        let values = [("version", &*version.to_string())];
        let query = lock
            .history
            .fill(include_str!("sql/read_progress.sql"), &values);
        let read = |row: Row| {
            let count = |column| {
                row.try_get(column)
                    .map(|n: i64| usize::try_from(n).unwrap_or(0))
            };
            let (done, batches) = (count("done")?, [count("batches")?, count("batch_rows")?]);
            let (attempt, intent) = (row.try_get("attempt")?, row.try_get("intent")?);
            Ok(Self {
                attempt,
                done,
                intent,
                batches,
            })
        };
        lock.client
            .query_typed_opt(&query, &[])?
            .map(read)
            .transpose()
    }

    /// Judges the next statement. Where it has not begun, what its target is now is written
    /// down as the intent; `None` where somebody else has moved on meanwhile.
    pub(crate) fn judge(
        &self,
        lock: &mut Lock<'_>,
        target: &Target<'_>,
    ) -> Result<Option<Verdict>, postgres::Error> {
        let text = |text: &str| sql::nullable(Some(text).filter(|text| !text.is_empty()));
        let before = sql::array(self.intent.as_deref().unwrap_or_default().iter());
        let judge = sql::fill(
            include_str!("sql/judge.sql"),
            &[
                ("kind", &sql::literal(target.kind)),
                ("name", &text(target.name)),
                ("table", &text(target.table)),
                ("has_begun", &self.intent.is_some().to_string()),
                ("before", &format!("{before}::bigint[]")),
                ("pid", &lock.session.pid.to_string()),
                ("blocker", include_str!("sql/blocker.sql")),
            ],
        );
        let write = include_str!("sql/write_intent.sql").replace("{judge}", &judge);
        let query = if self.intent.is_some() {
            judge
        } else {
            self.fill(&lock.history, &write)
        };
        let Some(row) = lock.client.query_typed_opt(&query, &[])? else {
            return Ok(None);
        };
        let pid: Option<i32> = row.try_get("pid")?;
        let blocker = pid.map(|_| Blocker::from_row(&row)).transpose()?;
        Ok(Some(Verdict {
            what: row.try_get("verdict")?,
            texts: row.try_get("texts")?,
            blocker,
        }))
    }

    /// Notes that the next statement is finished.
    pub(crate) fn record(&self, history: &History) -> String {
        self.fill(history, include_str!("sql/record_progress.sql"))
    }

    /// What to do about a statement of which only a person can tell how far it came.
    pub(crate) fn recipe(&self, history: &History, settles: Option<&String>) -> String {
        settles.map_or_else(
            || self.fill(history, include_str!("decide.txt").trim_end()),
            |sql| format!("run this, unless it is still wanted, and then again:\n    {sql}"),
        )
    }

    fn fill(&self, history: &History, template: &str) -> String {
        let (attempt, done) = (self.attempt.to_string(), self.done.to_string());
        history.fill(template, &[("attempt", &attempt), ("done", &done)])
    }
}
