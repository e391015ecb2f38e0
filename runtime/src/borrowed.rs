//! The caller's session as it was before the run, and how it is given back.

use std::collections::HashMap;

use crate::capabilities::Capabilities;
use crate::error::{Error, ErrorKind, Result};
use crate::fixed::Fixed;
use crate::history::History;
use crate::messages;
use crate::product::Product;
use crate::row::{Row, Rows, Unreadable};
use crate::server::Server;
use crate::sql;
use crate::sqlstate;

/// Settings that are given back without a word.
const GIVEN_BACK: [&str; 5] = [
    "role",
    "search_path",
    "lock_timeout",
    "statement_timeout",
    "client_connection_check_interval",
];

/// What asks for them.
pub(crate) const SETTINGS: &str = include_str!("sql/session/settings.sql");

/// Settings by name: what they are, and what they would be if nobody had set them.
pub(crate) type Settings = HashMap<String, [String; 2]>;

/// What gives a session back as it was.
#[derive(Default)]
pub(crate) struct GiveBack {
    /// Who it is, and its role, which may be gone by now: sent by itself.
    pub(crate) who: String,
    /// All other settings of a run's.
    pub(crate) settings: String,
}

impl GiveBack {
    /// In one message.
    pub(crate) fn all(&self) -> String {
        [&*self.who, &self.settings].concat()
    }
}

/// The session that has the lock, as it was before the run.
#[derive(Default)]
pub(crate) struct Borrowed {
    pub(crate) key: i64,
    pub(crate) pid: i32,
    /// Puts role and search path back after a script, for the whole session.
    pub(crate) leave: String,
    /// Has the server read the next message as it was checked, after code of a hook.
    pub(crate) reading: String,
    /// Puts the search path back after a statement of ours, until the transaction's end.
    pub(crate) back: String,
    /// Whether the server can look after its client while a statement runs.
    pub(crate) can_notice_lost_client: bool,
    pub(crate) give_back: GiveBack,
    /// What the server is, where it is not PostgreSQL.
    product: Option<Product>,
    /// Of this session and of the database.
    encodings: [String; 2],
    has_citus: bool,
    /// What the run has to set for its time.
    pub(crate) fixed: Fixed,
    /// All other settings that were set; `None` without an observer, since only an event reports them.
    pub(crate) settings: Option<Settings>,
}

impl Borrowed {
    /// What is asked about a session, with `SETTINGS` after it where an observer is told.
    pub(crate) fn questions(history: &History, key: &str) -> [String; 2] {
        let wanted = Fixed::wanted();
        let values = [("key", key), ("wanted", &*wanted)];
        let session = include_str!("sql/session/session.sql").trim_end();
        let default_path = include_str!("sql/session/default_path.sql").to_owned();
        [default_path, history.fill(session, &values)]
    }

    /// From the answers. A transaction must not be open: a migration's own COMMIT would commit what the caller
    /// has begun, too.
    pub(crate) fn read(history: &History, sets: &[Rows], can: Capabilities) -> Result<Self> {
        let [_, path, _, session, settings @ ..] = sets else {
            return Err(Error::said(messages::in_transaction()));
        };
        let row = path.first().zip(session.first());
        let session = row.map(|(path, row)| {
            let (is_open, mut session) = Self::from_rows(path, row, can)?;
            let settings = settings.first().and_then(Rows::first);
            session.settings = settings.map(read_settings).transpose()?;
            Ok::<_, Unreadable>((!is_open).then_some(session))
        });
        let session = history.reading(session.transpose())?.flatten();
        session.ok_or_else(|| Error::said(messages::in_transaction()))
    }

    /// Refuses a server on which a run does not keep what it promises.
    pub(crate) async fn refuse_unfit(
        &self,
        server: &mut dyn Server,
        can: Capabilities,
    ) -> Result<()> {
        self.fixed.refuse(can)?;
        let product = if self.has_citus {
            match Product::citus(server).await {
                // Who may not know cannot be told.
                Err(cause) if cause.code() == Some(sqlstate::INSUFFICIENT_PRIVILEGE) => None,
                asked => asked.map_err(|cause| {
                    Error::database("asking which node of Citus this is", cause)
                })?,
            }
        } else {
            self.product
        };
        if let Some(product) = product {
            return Err(product.refused());
        }
        let [client, database] = &self.encodings;
        let is_kept = match &**client {
            "UTF8" => true,
            // The server takes the bytes as they are.
            "SQL_ASCII" => ["UTF8", "SQL_ASCII"].contains(&&**database),
            _ => false,
        };
        if is_kept {
            return Ok(());
        }
        let message = messages::other_encoding(client, database);
        Err(Error::new(ErrorKind::Refused, None, message, None))
    }

    /// Whether a transaction is open, and the session.
    fn from_rows(
        path_row: Row<'_>,
        row: Row<'_>,
        can: Capabilities,
    ) -> Result<(bool, Self), Unreadable> {
        let (role, path): (String, String) = (row.get("role")?, row.get("search_path")?);
        let session_user: String = row.get("session_user")?;
        let [session_user, role, quoted] = [&session_user, &role, &path].map(|it| sql::literal(it));
        let timeouts: [String; 2] = [row.get("lock_timeout")?, row.get("statement_timeout")?];
        let [lock, statement] = timeouts.each_ref().map(|it| sql::literal(it));
        let check: Option<String> = row.get("check_interval")?;
        let values = [
            ("session_user", &*session_user),
            ("role", &*role),
            ("search_path", &quoted),
            ("lock_timeout", &lock),
            ("statement_timeout", &statement),
        ];
        let [who, mut settings] = [
            include_str!("sql/session/give_back_who.sql"),
            include_str!("sql/session/give_back.sql"),
        ]
        .map(|template| sql::fill(template.trim_end(), &values));
        let check_back = check.iter().map(|check| {
            let check = sql::literal(check);
            format!(", pg_catalog.set_config('client_connection_check_interval', {check}, false)")
        });
        settings.extend(check_back);
        let fixed = Fixed::from_row(row)?;
        settings += &fixed.given_back();
        let is_default = path_row.get::<String>("default_path")? == path;
        let [leave, back] = if !can.keeps_session {
            [
                include_str!("sql/pooled/leave.sql"),
                include_str!("sql/pooled/back.sql"),
            ]
            .map(str::to_owned)
        } else if is_default {
            ["RESET search_path;", "SET LOCAL search_path TO DEFAULT;"].map(str::to_owned)
        } else {
            ["false", "true"].map(|is_local| {
                let values = [("path", &*quoted), ("is_local", is_local)];
                sql::fill(include_str!("sql/session/set_path.sql").trim_end(), &values)
            })
        };
        // To give a name back is cheaper than to ask what it was.
        let role = match &*role {
            _ if !can.keeps_session => String::new(),
            "'none'" => "SET SESSION ROLE NONE;".to_owned(),
            role => sql::fill(
                include_str!("sql/session/set_role.sql").trim_end(),
                &[("role", role)],
            ),
        };
        let role = if can.keeps_session {
            format!("SET SESSION AUTHORIZATION {session_user};{role}")
        } else {
            role
        };
        let again = fixed.set(if can.keeps_session {
            "SET"
        } else {
            "SET LOCAL"
        });
        let encoding: String = row.get("client_encoding")?;
        let reading = Fixed::reading(&encoding);
        let session = Self {
            key: row.get("key")?,
            pid: row.get("pid")?,
            // RESET ALL of a script resets them, too.
            leave: [&*role, &leave, &again, &reading].concat(),
            reading,
            back,
            can_notice_lost_client: check.is_some(),
            give_back: GiveBack {
                who: who + ";\n",
                settings: settings + ";\n",
            },
            fixed,
            product: Product::of_session(row)?,
            encodings: [encoding, row.get("server_encoding")?],
            has_citus: row.get("has_citus")?,
            settings: None,
        };
        Ok((row.get("in_transaction")?, session))
    }

    /// Whether it was another session that was asked to give the lock back.
    pub(crate) fn is_elsewhere(&self, sets: &[Rows]) -> bool {
        let row = sets
            .iter()
            .flatten()
            .find(|row| row.named("unlocked").is_ok());
        row.is_some_and(|row| row.get("pid").is_ok_and(|pid: i32| pid != self.pid))
    }

    /// Which settings a script changed for the session; `None` where the lock was not ours any more.
    pub(crate) fn changed(&self, sets: &[Rows]) -> Option<Vec<String>> {
        let (unlocked, now) = match (sets, &self.settings) {
            ([.., unlocked, now], Some(before)) => (unlocked, Some((before, now.first()?))),
            ([.., unlocked], None) => (unlocked, None),
            _ => return None,
        };
        let is_ours: bool = unlocked.first()?.get("unlocked").ok()?;
        let Some((before, now)) = now else {
            return is_ours.then(Vec::new);
        };
        let now = read_settings(now).ok().filter(|_| is_ours)?;
        // What is not among them now, is as the server has it.
        let gone = before
            .iter()
            .filter(|(name, [was, default])| was != default && !now.contains_key(*name));
        let gone = gone.map(|(name, _)| name);
        let was = |name, default| before.get(name).map_or(default, |[was, _]| was);
        let changed = now
            .iter()
            .filter(|(name, [setting, default])| was(*name, default) != setting);
        let all = gone.chain(changed.map(|(name, _)| name));
        let is_told =
            |name: &&String| !GIVEN_BACK.contains(&&***name) && !name.starts_with("pgstrata.");
        let mut all: Vec<String> = all.filter(is_told).cloned().collect();
        all.sort_unstable();
        Some(all)
    }
}

/// From a row of `settings.sql`.
fn read_settings(row: Row<'_>) -> Result<Settings, Unreadable> {
    let texts = |column| {
        let texts: Option<Vec<String>> = row.get(column)?;
        Ok(texts.unwrap_or_default())
    };
    let values = texts("settings")?.into_iter().zip(texts("defaults")?);
    let values = values.map(|(setting, default)| [setting, default]);
    Ok(texts("names")?.into_iter().zip(values).collect())
}
