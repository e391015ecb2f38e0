//! The layout of the tables: made new, or upgraded from an earlier release's.

use crate::error::{Error, Result};
use crate::history::{Found, History, LAYOUT, Use};
use crate::messages;
use crate::own;
use crate::row::{Rows, Unreadable};
use crate::server::{Server, Sets};
use crate::sqlstate;
use crate::wire::Wire;

impl History {
    /// Creates what is missing and brings what is there to this program's layout, as it was read
    /// last.
    pub(crate) async fn prepare(
        &mut self,
        server: &mut dyn Server,
        wire: &mut Wire<'_>,
    ) -> Result<()> {
        self.check_writer()?;
        if self
            .found
            .as_ref()
            .is_some_and(|found| found.layout >= LAYOUT)
        {
            return Ok(());
        }
        let template = match self.found {
            None => include_str!("sql/history/create_history.sql"),
            Some(_) => include_str!("sql/history/upgrade_history.sql"),
        };
        let part = |template: &str| self.fill(template, &[]);
        let if_missing = [("if_missing", "IF NOT EXISTS")];
        // To create a schema that is there, if only if it is missing, takes a right all the same.
        let create_schema = if self.is_schema_missing {
            part(include_str!("sql/history/create_schema.sql"))
        } else {
            String::new()
        };
        let make = |if_missing: &[(&str, &str)]| {
            let create = |template| self.fill(template, if_missing);
            let comments = part(include_str!("sql/history/layout_comments.sql"));
            let parts = [
                ("create_schema", &*create_schema),
                (
                    "create_events",
                    &create(include_str!("sql/history/create_events.sql")),
                ),
                (
                    "create_failures",
                    &create(include_str!("sql/history/create_failures.sql")),
                ),
                ("comments", &comments),
            ];
            self.fill(template, &parts)
        };
        let layout = part(include_str!("sql/history/layout.sql"));
        let table = &self.table;
        let doing = match &self.found {
            None => format!("creating the history {table}"),
            Some(Found { layout, .. }) => {
                format!("upgrading the history {table} from layout {layout} to {LAYOUT}")
            }
        };
        let asked = if self.found.is_none() {
            let unwatched = include_str!("sql/history/unwatched.sql");
            let made_by = include_str!("sql/history/made_by.sql");
            let message = [unwatched, ";\n", &make(&[("if_missing", "")]), made_by].concat();
            match wire.ask(server, self, &message).await {
                Ok(sets) => {
                    let owner = sets.last().and_then(Rows::first);
                    self.found = self.reading(Found::made(owner))?;
                    return Ok(());
                }
                Err(error) if Self::needs_a_look(&error) => {
                    self.make_and_look(server, wire, &make(&if_missing), &layout)
                        .await
                }
                asked => asked,
            }
        } else {
            wire.ask(server, self, &[make(&if_missing), layout].concat())
                .await
        };
        match asked {
            Ok(sets) => {
                let found = sets.last().map(Found::from_rows);
                self.found = self.reading(found.transpose())?.flatten();
                Ok(())
            }
            // Where another program was faster, and no lock held us apart, the server
            // complains in one of several ways; what counts is that all is there.
            Err(cause) => match self.read(server, wire, Use::Write).await {
                Ok(_) if self.found.as_ref().is_some_and(|it| it.layout >= LAYOUT) => Ok(()),
                _ => {
                    let cause = cause.while_doing(&doing);
                    let cause = self.made_otherwise(server, cause).await;
                    let error = self.refused(server, Use::Write, cause).await;
                    Err(self.with_repairs(server, Use::Write, error).await)
                }
            },
        }
    }

    /// Whether a table of the events or failures is there already, or an event trigger may change what is
    /// made.
    fn needs_a_look(error: &Error) -> bool {
        let is_there = [sqlstate::DUPLICATE_TABLE, sqlstate::DUPLICATE_OBJECT];
        error.code().is_some_and(|code| is_there.contains(&code))
            || error.database_error().is_some_and(Self::is_uncounted)
    }

    /// What is new is refused unless it is exactly ours, and then nothing of it stays.
    async fn make_and_look(
        &self,
        server: &mut dyn Server,
        wire: &mut Wire<'_>,
        make: &str,
        layout: &str,
    ) -> Result<Sets> {
        let go_on = include_str!("sql/history/set_sequence.sql").trim_end();
        let go_on = self.fill(go_on, &[]);
        let looked = |look: &str| [make, look, ";\n", &go_on, ";\n", layout].concat();
        let known = looked(&self.known_shape(Use::Write));
        match wire.ask(server, self, &known).await {
            Err(error) if error.database_error().is_some_and(Self::is_uncounted) => {
                let inspected = looked(&self.inspection(Use::Write));
                wire.ask(server, self, &inspected).await
            }
            asked => asked,
        }
    }

    /// An error of the inspection of what was just made, which is gone again: the statements that would
    /// repair it lead nowhere, those against the event triggers do.
    async fn made_otherwise(&self, server: &mut dyn Server, error: Error) -> Error {
        let Some(said) = error.database_error().filter(|it| Self::is_untrusted(it)) else {
            return error;
        };
        let triggers = include_str!("sql/history/event_triggers.sql").trim_end();
        let sets = own::ask(server, triggers, own::BRIEF).await;
        let sets = sets.unwrap_or_default();
        let repairs = sets
            .iter()
            .flatten()
            .filter_map(|row| row.get("repair").ok());
        Error::made_otherwise(&self.table, said, &repairs.collect::<Vec<String>>())
    }

    /// Refuses a layout that only newer programs may write.
    fn check_writer(&self) -> Result<()> {
        let found = self.found.as_ref().map(|found| found.oldest_writer);
        let Some(newer) = found.filter(|newer| *newer > LAYOUT) else {
            return Ok(());
        };
        let message = messages::newer_layout(&self.table, newer, LAYOUT);
        Err(Error::said(message))
    }

    /// Refuses where a run could not bring the tables to this program's layout first: something else
    /// is in their place, a newer program has made them, or this role may not; as they were read last.
    pub(crate) async fn check_layout(
        &self,
        server: &mut dyn Server,
        wire: &mut Wire<'_>,
    ) -> Result<()> {
        self.check_writer()?;
        let Some(layout) = self.found.as_ref().map(|found| found.layout) else {
            let inspection = self.inspection(Use::Write);
            return match wire.ask(server, self, &inspection).await {
                Ok(_) => Ok(()),
                Err(error) => Err(self.refused(server, Use::Write, error).await),
            };
        };
        if layout >= LAYOUT {
            return Ok(());
        }
        let query = self.fill(include_str!("sql/history/may_upgrade.sql").trim_end(), &[]);
        let sets = wire.ask(server, self, &query).await?;
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

impl History {
    /// Refuses where the sequence of the attempts has been overtaken by the rows, which a restore of rows
    /// alone leaves so.
    pub(crate) async fn check_sequence(
        &self,
        server: &mut dyn Server,
        wire: &mut Wire<'_>,
    ) -> Result<()> {
        if self.found.is_none() {
            return Ok(());
        }
        let query = self.fill(include_str!("sql/history/sequence.sql").trim_end(), &[]);
        let sets = match wire.ask(server, self, &query).await {
            // Who may write need not be able to read all of it.
            Err(error) if error.code() == Some(sqlstate::INSUFFICIENT_PRIVILEGE) => return Ok(()),
            asked => asked?,
        };
        let Some(row) = sets.iter().flatten().next() else {
            return Ok(());
        };
        let [last, newest] = ["last", "newest"].map(|column| self.reading(row.get(column)));
        let repair = self.fill(include_str!("sql/history/set_sequence.sql").trim_end(), &[]) + ";";
        Err(Error::sequence(&self.table, last?, newest?, &repair))
    }
}
