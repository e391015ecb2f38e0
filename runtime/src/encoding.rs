//! Characters that the encoding of the database lacks, found before the first write.
//!
//! The server converts a message as a whole before it looks at any of it, and then names neither
//! statement nor record. Whether it can convert a character is its own to say: conversions can be
//! replaced (PostgreSQL manual: Character Set Support, CREATE CONVERSION).

use std::collections::BTreeSet;

use crate::context::Context;
use crate::embedded::Script;
use crate::error::Result;
use crate::finding::{Fault, Finding};
use crate::row::Rows;
use crate::server::Server;
use crate::sql;
use crate::sqlstate;
use crate::step::{Action, Plan, Step};
use crate::stored::WayBack;

/// A text that is sent for a step, and where it comes from.
struct Sent<'s> {
    step: &'s Step,
    /// What follows the label in the file's name; `None` of the reason that the caller gives.
    file: Option<&'static str>,
    /// The whole file, where the place in it is known, and where in it the text starts.
    within: Option<(&'s str, usize)>,
    text: &'s str,
}

impl Context<'_> {
    /// Where the plan, its ways back and its reason need what the database's encoding lacks: the first
    /// such character of each file. Asks the server only if there is more than ASCII.
    pub(crate) async fn lacking(
        &mut self,
        server: &mut dyn Server,
        plan: &Plan,
        ways_back: &[WayBack<'_>],
        reason: Option<&str>,
    ) -> Result<Vec<Finding>> {
        let sent = self.sent(plan, ways_back, reason);
        let all: BTreeSet<char> = sent.iter().flat_map(|it| foreign(it.text)).collect();
        if all.is_empty() {
            return Ok(Vec::new());
        }
        let all = sql::texts(&all.into_iter().map(utf8).collect::<Vec<_>>());
        let query = include_str!("sql/step/lacking.sql").trim_end();
        let query = sql::fill(query, &[("characters", &all)]);
        let history = self.history.clone();
        let sets = match self.wire.ask(server, &history, &query).await {
            // Without PL/pgSQL the server says it where it comes to it.
            Err(error) if error.code() == Some(sqlstate::UNDEFINED_OBJECT) => return Ok(Vec::new()),
            sets => sets?,
        };
        let Some(row) = sets.last().and_then(Rows::first) else {
            return Ok(Vec::new());
        };
        let encoding = row.text(0).unwrap_or_default();
        let lacking: Vec<&str> = row.text(1).unwrap_or_default().split(' ').collect();
        let mut findings: Vec<Finding> = Vec::new();
        for it in sent {
            let mut signs = it.text.char_indices();
            let found =
                signs.find(|(_, sign)| !sign.is_ascii() && lacking.contains(&&*utf8(*sign)));
            let Some((behind, character)) = found else {
                continue;
            };
            let file = it.file.map(|suffix| it.step.label.clone() + suffix);
            let is_told = |finding: &Finding| {
                matches!(&finding.fault, Fault::Encoding { file: told, .. } if *told == file)
                    && finding.label == it.step.label
            };
            if findings.iter().any(is_told) {
                continue;
            }
            let place = it.within.map(|(text, start)| place(text, start + behind));
            let encoding = encoding.to_owned();
            let fault = Fault::Encoding {
                file,
                place,
                character,
                encoding,
            };
            findings.push(Finding::new(it.step.version, &it.step.label, fault));
        }
        Ok(findings)
    }

    fn sent<'s>(
        &self,
        plan: &'s Plan,
        ways_back: &'s [WayBack<'_>],
        reason: Option<&'s str>,
    ) -> Vec<Sent<'s>>
    where
        Self: 's,
    {
        let mut all = Vec::new();
        // What is rolled back comes first.
        let mut ways_back = ways_back.iter();
        for step in &plan.steps {
            if let Some(text) = reason {
                all.push(Sent {
                    step,
                    file: None,
                    within: None,
                    text,
                });
            }
            let (own, migration) = (self.script(step), self.migration(step));
            match step.action {
                Action::Repeat => statements(&mut all, step, ".sql", own),
                Action::RollBack => {
                    // Stored text comes from this database.
                    if let Some(WayBack::Own(down)) = ways_back.next() {
                        statements(&mut all, step, ".down.sql", Some(*down));
                    }
                }
                Action::Apply => statements(&mut all, step, ".up.sql", own),
                Action::Baseline | Action::Repair | Action::Verify => {}
            }
            let verify = migration.and_then(|it| it.verify.copied());
            if matches!(step.action, Action::Apply | Action::Verify) {
                statements(&mut all, step, ".verify.sql", verify);
            }
            // It is stored as it is.
            let stores = [Action::Apply, Action::Baseline, Action::Repair].contains(&step.action);
            if let Some(it) = migration.filter(|_| stores) {
                let (file, text) = (Some(".down.sql"), it.down.sql);
                all.push(Sent {
                    step,
                    file,
                    within: Some((text, 0)),
                    text,
                });
                let text = it.irreversible.unwrap_or_default();
                all.push(Sent {
                    step,
                    file,
                    within: None,
                    text,
                });
            }
        }
        all
    }
}

/// What lies between statements is not sent.
fn statements<'s>(
    all: &mut Vec<Sent<'s>>,
    step: &'s Step,
    suffix: &'static str,
    script: Option<Script<'s>>,
) {
    let Some(script) = script else { return };
    all.extend(script.statements().map(|statement| Sent {
        step,
        file: Some(suffix),
        within: Some((script.sql, statement.start as usize)),
        text: script.text(statement),
    }));
}

fn foreign(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|sign| !sign.is_ascii())
}

/// Its bytes, in hexadecimal digits.
fn utf8(sign: char) -> String {
    sql::hex(sign.encode_utf8(&mut [0; 4]).as_bytes())
}

/// Line and column in characters, both from 1.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}
