//! An inventory as people read it.

use std::fmt::Write as _;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::header::first_sentence;
use super::{Entry, Inventory};
use crate::output::picture::{cut, time};
use crate::output::plural::plural;
use crate::output::text::wrapped;

/// Below it a table would break every sentence, and each migration is a paragraph.
const NARROW: usize = 110;

/// How much of a label stands on one line, and of a description in one cell, or in a paragraph.
const LABEL: usize = 24;
const SENTENCE: usize = 90;
const PARAGRAPH: usize = 150;

/// A label on several lines, each of whole words, so that it can still be copied.
pub(crate) fn broken(label: &str, width: usize) -> String {
    let (mut lines, mut length) = (String::new(), 0);
    for word in label.split_inclusive('_') {
        let letters = word.chars().count();
        if length > 0 && length + letters > width {
            lines.push('\n');
            length = 0;
        }
        lines.push_str(word);
        length += letters;
    }
    lines
}

/// A table, or paragraphs where there is no room for one.
pub(super) fn table(inventory: &Inventory, width: usize) -> String {
    if inventory.is_empty() {
        return "no migrations\n".to_owned();
    }
    if width < NARROW {
        return paragraphs(inventory, width);
    }
    let mut table = Table::new();
    let width = u16::try_from(width).unwrap_or(u16::MAX);
    table.load_style(presets::NOTHING);
    table
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width);
    let mut header = vec!["Migration", "What it does", "Makes", "Back"];
    header.extend(inventory.took.is_some().then_some("Took"));
    table.set_header(header);
    for entry in &inventory.entries {
        let needs = match entry.requires.as_slice() {
            [] => String::new(),
            requires => format!(" (needs {})", versions(inventory, requires)),
        };
        let back = if entry.irreversible.is_some() {
            "no"
        } else {
            "yes"
        };
        let what = format!(
            "{}{needs}",
            cut(first_sentence(&entry.description), SENTENCE)
        );
        let what = what.trim_start().to_owned();
        let mut row = vec![
            broken(&entry.label, LABEL),
            what,
            makes(entry),
            back.to_owned(),
        ];
        row.extend(inventory.took.is_some().then(|| took(inventory, entry)));
        table.add_row(row);
    }
    // What is short stays whole, and sentences get the room that is left.
    for column in table.column_iter_mut() {
        match column.index {
            1 => column,
            2 => column.set_constraint(ColumnConstraint::UpperBoundary(Width::Percentage(22))),
            _ => column.set_constraint(ColumnConstraint::ContentWidth),
        };
    }
    let lines = table.lines().map(|line| line.trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

fn paragraphs(inventory: &Inventory, width: usize) -> String {
    let mut text = String::new();
    for entry in &inventory.entries {
        let what = cut(first_sentence(&entry.description), PARAGRAPH);
        let needs = versions(inventory, &entry.requires);
        let took = took(inventory, entry);
        let facts = [("", &*makes(entry)), ("needs ", &needs), ("took ", &took)];
        let facts = facts.iter().filter(|(_, fact)| !fact.is_empty());
        let mut facts: Vec<String> = facts.map(|(word, fact)| format!("{word}{fact}")).collect();
        facts.extend(
            entry
                .irreversible
                .as_ref()
                .map(|_| "no way back".to_owned()),
        );
        let _ = writeln!(text, "{}", broken(&entry.label, width));
        for part in [what, facts.join("; ")]
            .iter()
            .filter(|part| !part.is_empty())
        {
            let _ = writeln!(text, "{}", wrapped(part, "    ", width).join("\n"));
        }
    }
    text
}

/// What it makes, and the rows that it inserts.
fn makes(entry: &Entry) -> String {
    let mut makes = entry.counts();
    if entry.seed_rows > 0 {
        let separator = if makes.is_empty() { "" } else { ", " };
        let _ = write!(
            makes,
            "{separator}{} seed row{}",
            entry.seed_rows,
            plural(entry.seed_rows)
        );
    }
    makes
}

pub(super) fn markdown(inventory: &Inventory) -> String {
    let took_head = if inventory.took.is_some() {
        (" last took |", " ---: |")
    } else {
        ("", "")
    };
    let mut page = format!(
        "| version | name | what it does | requires | makes | seed rows | way back |{}\n\
         | --- | --- | --- | --- | --- | ---: | --- |{}\n",
        took_head.0, took_head.1
    );
    for entry in &inventory.entries {
        let objects = entry
            .objects
            .iter()
            .map(|key| cell(&key.shown()))
            .collect::<Vec<_>>();
        let back = match &entry.irreversible {
            Some(reason) => format!("no: {}", cell(reason)),
            None => "yes".to_owned(),
        };
        let _ = write!(
            page,
            "| {} | {} | {} | {} | {} | {} | {back} |",
            entry.digits(),
            entry.name(),
            cell(&entry.description),
            versions(inventory, &entry.requires),
            objects.join("<br>"),
            if entry.seed_rows > 0 {
                entry.seed_rows.to_string()
            } else {
                String::new()
            },
        );
        if inventory.took.is_some() {
            let _ = write!(page, " {} |", took(inventory, entry));
        }
        page.push('\n');
    }
    page
}

fn took(inventory: &Inventory, entry: &Entry) -> String {
    let took = inventory
        .took
        .as_ref()
        .and_then(|took| took.get(&entry.label));
    took.map_or_else(String::new, |seconds| time(*seconds))
}

/// As the files have them.
fn versions(inventory: &Inventory, versions: &[u64]) -> String {
    let shown = versions.iter().map(|version| {
        let found = inventory
            .entries
            .iter()
            .find(|entry| entry.version == *version);
        found.map_or_else(|| version.to_string(), |entry| entry.digits().to_owned())
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// Text that ends neither the cell nor the page's own markup.
fn cell(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('|', "\\|")
        .replace('<', "&lt;")
        .replace('\n', " ")
}
