//! The servers of one rehearsal side by side: where they say the same, a line each; else a row
//! for each migration about which they do not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use comfy_table::Table;
use serde_json::{Value, json};

use super::finding::{RehearsalFinding, What};
use super::format::summary;
use super::{ALL, Rehearsal};
use crate::checking::rehearse::Format;
use crate::failure::Failure;
use crate::output::text::cell;

/// What one server came to.
pub(super) struct Column {
    /// Its version.
    pub(super) server: String,
    summary: String,
    /// What was found, by the migration's label.
    verdicts: Option<BTreeMap<String, BTreeSet<String>>>,
}

/// The servers beside each other, behind all of them.
pub(super) fn side_by_side(format: Format, quiet: bool, columns: &[Column]) {
    match format {
        Format::Human if !quiet => print!("{}", text(columns)),
        Format::Markdown => print!("\n{}", markdown(columns)),
        Format::Json => println!("{}", json(columns)),
        // In it, the suites are side by side.
        Format::Human | Format::Junit => {}
    }
}

impl Column {
    pub(super) fn new(rehearsal: &Rehearsal<'_>) -> Self {
        let steps = rehearsal
            .steps
            .iter()
            .map(|step| (step.migration.label, &step.findings));
        let all = steps.chain([(ALL, &rehearsal.whole)]);
        let verdict =
            |findings: &Vec<RehearsalFinding>| findings.iter().filter_map(place).collect();
        Self {
            server: rehearsal.server.clone(),
            summary: summary(rehearsal),
            verdicts: Some(
                all.map(|(label, findings)| (label.to_owned(), verdict(findings)))
                    .collect(),
            ),
        }
    }

    /// Of a server on which nothing could be tried.
    pub(super) fn without(server: String, failure: &Failure) -> Self {
        Self {
            server,
            summary: format!("not rehearsed: {failure}"),
            verdicts: None,
        }
    }

    fn verdict(&self, label: &str) -> String {
        let Some(verdicts) = &self.verdicts else {
            return "not rehearsed".to_owned();
        };
        match verdicts.get(label) {
            None => "not reached".to_owned(),
            Some(places) if places.is_empty() => "comes back".to_owned(),
            Some(places) => places
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join("; "),
        }
    }
}

/// What is not as it should be, without the server's own words, which are others in each version.
fn place(finding: &RehearsalFinding) -> Option<String> {
    match &finding.what {
        _ if finding.is_note() => None,
        What::Differs(difference) => Some(format!(
            "after {}: {}: {}",
            finding.moment,
            difference.object(),
            difference.word()
        )),
        _ => Some(format!("{} fails", finding.moment)),
    }
}

/// Migrations about which the servers do not agree, in order.
fn rows(columns: &[Column]) -> Vec<(&str, Vec<String>)> {
    let rehearsed = || columns.iter().filter_map(|column| column.verdicts.as_ref());
    let labels: BTreeSet<&str> = rehearsed()
        .flat_map(BTreeMap::keys)
        .map(String::as_str)
        .collect();
    // Labels sort as versions do, but for the line about all migrations.
    let (all, each): (Vec<&str>, Vec<&str>) = labels.into_iter().partition(|it| *it == ALL);
    let differs = |label: &&str| {
        let verdicts: BTreeSet<_> = rehearsed().map(|verdicts| verdicts.get(*label)).collect();
        verdicts.len() > 1
    };
    let row = |label| {
        (
            label,
            columns.iter().map(|column| column.verdict(label)).collect(),
        )
    };
    each.into_iter()
        .chain(all)
        .filter(differs)
        .map(row)
        .collect()
}

/// For people.
pub(super) fn text(columns: &[Column]) -> String {
    let mut text = String::new();
    for Column {
        server, summary, ..
    } in columns
    {
        let _ = writeln!(text, "PostgreSQL {server}: {summary}");
    }
    let rows = rows(columns);
    if !rows.is_empty() {
        let mut table = Table::new();
        let servers = columns.iter().map(|column| column.server.as_str());
        table.set_header(["migration"].into_iter().chain(servers));
        for (label, verdicts) in rows {
            table.add_row([label.to_owned()].into_iter().chain(verdicts));
        }
        let _ = writeln!(text, "{table}");
    }
    text
}

/// For a pull request.
pub(super) fn markdown(columns: &[Column]) -> String {
    let mut page = "### The versions side by side\n\n".to_owned();
    for Column {
        server, summary, ..
    } in columns
    {
        let _ = writeln!(page, "* PostgreSQL {server}: {}", cell(summary));
    }
    let rows = rows(columns);
    if !rows.is_empty() {
        page.push_str("\n| migration |");
        for Column { server, .. } in columns {
            let _ = write!(page, " {} |", cell(server));
        }
        let _ = writeln!(page, "\n|{}", " --- |".repeat(columns.len() + 1));
        for (label, verdicts) in rows {
            let verdicts: Vec<String> = verdicts.iter().map(|verdict| cell(verdict)).collect();
            let _ = writeln!(page, "| `{label}` | {} |", verdicts.join(" | "));
        }
    }
    page
}

/// For programs: the last line, where several servers were asked.
pub(super) fn json(columns: &[Column]) -> Value {
    let servers: Vec<&str> = columns
        .iter()
        .map(|column| column.server.as_str())
        .collect();
    let differs = rows(columns).into_iter();
    let differs = differs.map(|(label, verdicts)| json!({ "label": label, "verdicts": verdicts }));
    json!({ "format": "pgstrata rehearsals 1", "servers": servers, "differs": differs.collect::<Vec<_>>() })
}
