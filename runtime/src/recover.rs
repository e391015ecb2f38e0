//! What a crash left of a statement that refuses transactions: judged by what its target was
//! before, which is written down first, and by what the catalog shows now.

use postgres::{Client, Row};

use crate::error::{Doing, Error};
use crate::event::Blocker;
use crate::history::History;
use crate::migration::{Target, TargetKind};
use crate::sql;

/// How far a script outside a transaction has come.
pub(crate) struct Progress {
    pub(crate) version: u64,
    pub(crate) attempt: i64,
    /// How many statements are finished.
    pub(crate) done: usize,
    /// What the next one's target was before, where that has begun.
    pub(crate) intent: Option<Intent>,
}

/// A target as it was before its statement, and the session that wrote this down.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Intent {
    runner_pid: i64,
    runner_start: i64,
    /// Its oid, or 0 where it was absent.
    object: i64,
    /// A valid index, a partition that is not half detached.
    is_sound: bool,
    /// Invalid indexes of an earlier `REINDEX CONCURRENTLY`.
    leftovers: Vec<i64>,
}

/// A target as it is now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Now {
    is: Intent,
    /// Such as `public.a_id`; empty where it is absent.
    name: String,
    /// An index on the table that the statement names.
    fits: bool,
    /// The names of `is.leftovers`.
    leftovers: Vec<String>,
    /// A session that is at work on it.
    busy: Option<Blocker>,
}

/// What to do about a statement.
#[derive(Debug)]
pub(crate) enum Verdict {
    Run,
    /// It has done its work.
    Record,
    Wait(Box<Blocker>),
    /// First these, one by one.
    Mend(Vec<String>),
    /// Only a person can tell.
    Stop {
        why: String,
        /// What settles it, where one thing does.
        by_hand: Option<String>,
    },
}

/// `before` is `None` for a statement that has not begun.
pub(crate) fn judge(target: &Target<'_>, before: Option<&Intent>, now: Now) -> Verdict {
    if let Some(busy) = now.busy {
        return Verdict::Wait(Box::new(busy));
    }
    let has_begun = before.is_some();
    let before = before.unwrap_or(&now.is);
    let is_same = before.object == now.is.object;
    match target.kind {
        TargetKind::Opaque if has_begun => {
            stop("it had begun and commits on its own: nothing shows how far it came", None)
        }
        TargetKind::Repeatable | TargetKind::Opaque => Verdict::Run,
        TargetKind::CreateIndex => create_index(target, before, &now),
        TargetKind::DropIndex if is_same => Verdict::Run,
        TargetKind::DropIndex if now.is.object == 0 => Verdict::Record,
        TargetKind::DropIndex => {
            stop(&format!("{} was made anew by somebody else", now.name), None)
        }
        TargetKind::DetachPartition => detach_partition(target, has_begun, before, &now),
        TargetKind::ReindexIndex
        | TargetKind::ReindexTable
        | TargetKind::ReindexSchema
        | TargetKind::ReindexDatabase => {
            let all = now.is.leftovers.iter().zip(&now.leftovers);
            let ours = all.filter(|(oid, _)| !before.leftovers.contains(oid));
            let drops: Vec<String> = ours.map(|(_, name)| drop_index(name)).collect();
            if drops.is_empty() { Verdict::Run } else { Verdict::Mend(drops) }
        }
    }
}

fn create_index(target: &Target<'_>, before: &Intent, now: &Now) -> Verdict {
    let name = &now.name;
    if now.is.object == 0 {
        return Verdict::Run;
    }
    if !now.fits {
        let why = format!("{name} is there, but is no index of {}", target.table);
        return stop(&why, Some(format!("ALTER TABLE {name} RENAME TO in_the_way;")));
    }
    match (before.object, now.is.is_sound) {
        (0, true) => Verdict::Record,
        (0, false) => Verdict::Mend(vec![drop_index(name)]),
        (object, _) if object != now.is.object => {
            stop(&format!("{name} was made anew by somebody else"), None)
        }
        // Whether that is an error is for the statement to say.
        (_, true) => Verdict::Run,
        (_, false) => {
            let why = format!("{name} was there before, is invalid, and nobody builds it");
            stop(&why, Some(format!("{};", drop_index(name))))
        }
    }
}

fn detach_partition(target: &Target<'_>, has_begun: bool, before: &Intent, now: &Now) -> Verdict {
    if now.is.object == 0 && before.object != 0 {
        return Verdict::Record;
    }
    if now.is.object == 0 || now.is.is_sound {
        return Verdict::Run;
    }
    let Target { table, name, .. } = target;
    let finish = format!("ALTER TABLE {table} DETACH PARTITION {name} FINALIZE");
    if has_begun && before.is_sound {
        return Verdict::Mend(vec![finish]);
    }
    stop(&format!("somebody else has half detached {name}"), Some(format!("{finish};")))
}

fn stop(why: &str, by_hand: Option<String>) -> Verdict {
    Verdict::Stop { why: why.to_owned(), by_hand }
}

fn drop_index(name: &str) -> String {
    format!("DROP INDEX CONCURRENTLY {name}")
}

impl Progress {
    /// Reads how far a claimed script has come; `None` where it is not there any more.
    pub(crate) fn read(
        history: &History,
        client: &mut Client,
        version: u64,
    ) -> Result<Option<Self>, Error> {
        let values = [("version", &*version.to_string())];
        let query = history.fill(include_str!("sql/read_progress.sql"), &values);
        let read = |row: Row| {
            let done: i32 = row.try_get("statements_done")?;
            let intent: Option<Vec<i64>> = row.try_get("intent")?;
            Ok(Self {
                version,
                attempt: row.try_get("attempt")?,
                done: usize::try_from(done).unwrap_or(0),
                intent: intent.as_deref().map(Intent::of),
            })
        };
        let row = client.query_typed_opt(&query, &[]);
        let read = row.and_then(|row| row.map(read).transpose());
        read.map_err(|cause| Error::database(Doing::ReadingHistory(history.table.clone()), cause))
    }

    /// What the target of the next statement is now. Where the statement has not begun, this
    /// is written down as its intent; `None` where somebody else has moved on meanwhile.
    pub(crate) fn look(
        &self,
        history: &History,
        client: &mut Client,
        target: &Target<'_>,
    ) -> Result<Option<Now>, postgres::Error> {
        let nullable = |text: &str| sql::nullable(Some(text).filter(|text| !text.is_empty()));
        let (name, table) = (nullable(target.name), nullable(target.table));
        let runner = self.intent.clone().unwrap_or_default();
        let probe = sql::fill(
            include_str!("sql/probe_target.sql"),
            &[
                ("kind", &sql::literal(target.kind.word())),
                ("name", &name),
                ("table", &table),
                ("runner_pid", &runner.runner_pid.to_string()),
                ("runner_start", &runner.runner_start.to_string()),
                ("blocker", include_str!("sql/blocker.sql")),
            ],
        );
        let values = [
            ("probe", &*probe),
            ("attempt", &self.attempt.to_string()),
            ("done", &self.done.to_string()),
        ];
        let query = match self.intent {
            Some(_) => probe,
            None => history.fill(include_str!("sql/write_intent.sql"), &values),
        };
        client.query_typed_opt(&query, &[])?.map(|row| Now::of(&row)).transpose()
    }
}

impl Intent {
    fn of(snapshot: &[i64]) -> Self {
        let number = |index: usize| snapshot.get(index).copied().unwrap_or_default();
        Self {
            runner_pid: number(0),
            runner_start: number(1),
            object: number(2),
            is_sound: number(3) != 0,
            leftovers: snapshot.get(4..).unwrap_or_default().to_vec(),
        }
    }
}

impl Now {
    fn of(row: &Row) -> Result<Self, postgres::Error> {
        let busy: Option<i32> = row.try_get("pid")?;
        Ok(Self {
            is: Intent::of(&row.try_get::<_, Vec<i64>>("snapshot")?),
            name: row.try_get("name")?,
            fits: row.try_get("fits")?,
            leftovers: row.try_get("leftovers")?,
            busy: busy.map(|_| Blocker::from_row(row)).transpose()?,
        })
    }
}
