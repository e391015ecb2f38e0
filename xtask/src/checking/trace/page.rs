//! A trace as a page: each migration along its time, a lane a table, coloured by how strong the
//! lock on it is.

use std::fmt::Write as _;
use std::time::Duration;

use pgstrata::embedded::Mode;
use pgstrata_compiler::cursor::Name;
use pgstrata_compiler::locks::{LockMode, RowAccess};

use super::format::{bytes, judgements, summary};
use super::measure::Taken;
use super::{Scale, Statement, Traced};
use crate::output::picture::{Bar, Key, Lane, escaped, legend, page, time, timeline};
use crate::output::text::first_line;

/// Of statements, which are no locks.
const NEUTRAL: [&str; 2] = ["#c8d1da", "#dde3e9"];

const LEGEND: [Key; 8] = [
    (fill(LockMode::AccessShare), "ACCESS SHARE: only reads"),
    (fill(LockMode::RowShare), "ROW SHARE"),
    (fill(LockMode::RowExclusive), "ROW EXCLUSIVE: writes rows"),
    (
        fill(LockMode::ShareUpdateExclusive),
        "SHARE UPDATE EXCLUSIVE: others read and write",
    ),
    (fill(LockMode::Share), "SHARE: nobody writes"),
    (
        fill(LockMode::ShareRowExclusive),
        "SHARE ROW EXCLUSIVE: nobody writes",
    ),
    (fill(LockMode::Exclusive), "EXCLUSIVE: others only read"),
    (
        fill(LockMode::AccessExclusive),
        "ACCESS EXCLUSIVE: nobody reads or writes",
    ),
];

/// From what nobody notices to what stops everybody.
const fn fill(mode: LockMode) -> &'static str {
    match mode {
        LockMode::AccessShare => "#d6e4f7",
        LockMode::RowShare => "#a9c8ee",
        LockMode::RowExclusive => "#6fa3dd",
        LockMode::ShareUpdateExclusive => "#74bd97",
        LockMode::Share => "#f1d264",
        LockMode::ShareRowExclusive => "#f0a848",
        LockMode::Exclusive => "#dd6b35",
        LockMode::AccessExclusive => "#b1221d",
    }
}

/// All servers on one page.
pub(super) fn document(directory: &str, servers: &[(Scale, Vec<Traced<'_>>)]) -> String {
    let mut body = String::new();
    for (number, (scale, all)) in servers.iter().enumerate() {
        let _ = writeln!(
            body,
            "<p class=\"note\">PostgreSQL {}, {} rows in each table that could be filled. Times are \
             those of a throw-away server; what reads or rewrites every row grows with them.</p>\n<p>{}.</p>",
            escaped(&scale.server),
            scale.rows,
            escaped(&summary(all))
        );
        body += &legend(&LEGEND);
        body += &overview(all, number);
        for traced in all.iter().filter(|traced| locks_anything(traced)) {
            body += &section(traced, number);
        }
    }
    page(&format!("Locks of {directory}"), &body)
}

/// Where on the page a migration is drawn, of which every server has one.
fn anchor(traced: &Traced<'_>, server: usize) -> String {
    format!("s{server}m{}", traced.migration.version)
}

fn locks_anything(traced: &Traced<'_>) -> bool {
    traced
        .statements
        .iter()
        .any(|statement| !statement.measured.locks.is_empty())
}

/// A line a migration; what locks nothing that was there before has no picture.
fn overview(all: &[Traced<'_>], server: usize) -> String {
    let mut table = "<table>\n<tr><th>migration</th><th class=\"number\">time</th>\
                     <th class=\"number\">logged</th><th>strongest lock</th><th>work under it</th></tr>\n"
        .to_owned();
    for traced in all {
        let logged: u64 = traced.statements.iter().map(|it| it.measured.logged).sum();
        let taken = traced.statements.iter().flat_map(|it| &it.measured.locks);
        let strongest = taken.max_by_key(|taken| (taken.lock.mode, taken.lock.work));
        let (lock, work) = strongest.map_or_else(Default::default, |Taken { lock, .. }| {
            (
                format!("{} on {}", lock.mode, lock.table.shown()),
                worded(lock.work),
            )
        });
        let mut label = escaped(traced.migration.label);
        if locks_anything(traced) {
            label = format!("<a href=\"#{}\">{label}</a>", anchor(traced, server));
        }
        let _ = writeln!(
            table,
            "<tr><td>{label}</td><td class=\"number\">{}</td>\
             <td class=\"number\">{}</td><td>{}</td><td>{work}</td></tr>",
            traced
                .duration
                .map_or_else(String::new, |it| time(it.as_secs_f64())),
            bytes(logged),
            escaped(&lock),
        );
    }
    table + "</table>\n"
}

fn section(traced: &Traced<'_>, server: usize) -> String {
    let migration = traced.migration;
    let (anchor, label) = (anchor(traced, server), escaped(migration.label));
    let mut section = format!("<h2 id=\"{anchor}\">{label}</h2>\n");
    if migration.up.mode == Mode::NoTransaction {
        section += "<p class=\"note\">Outside a transaction: locks end with each statement.</p>\n";
    }
    section += &timeline(migration.label, &lanes(&traced.statements));
    let judgements = judgements(traced);
    if judgements.is_empty() {
        return section;
    }
    section += "<ul>\n";
    for (sentence, is_bad) in judgements {
        let class = if is_bad { " class=\"bad\"" } else { "" };
        let _ = writeln!(section, "<li{class}>{}</li>", escaped(&sentence));
    }
    section + "</ul>\n"
}

/// Statements, then each table in the order in which it is locked.
fn lanes(statements: &[Statement<'_>]) -> Vec<Lane> {
    let ends = statements.iter().scan(Duration::ZERO, |end, statement| {
        *end += statement.measured.duration;
        Some(*end)
    });
    let ends: Vec<Duration> = ends.collect();
    let begins: Vec<Duration> = std::iter::once(Duration::ZERO)
        .chain(ends.clone())
        .collect();
    let bars = statements.iter().enumerate().map(
        |(
            index,
            Statement {
                line,
                sql,
                measured,
            },
        )| Bar {
            begin: begins[index],
            end: ends[index],
            fill: NEUTRAL[index % 2],
            text: format!("line {line}: {}", first_line(sql, 120)),
            title: format!(
                "line {line}, {}, {} logged\n{sql}",
                time(measured.duration.as_secs_f64()),
                bytes(measured.logged)
            ),
        },
    );
    let mut lanes = vec![Lane {
        name: "statements".to_owned(),
        bars: bars.collect(),
    }];
    let mut tables: Vec<&Name> = Vec::new();
    for taken in statements
        .iter()
        .flat_map(|statement| &statement.measured.locks)
    {
        if !tables.contains(&&taken.lock.table) {
            tables.push(&taken.lock.table);
        }
    }
    lanes.extend(tables.into_iter().map(|table| {
        let of = |index: usize| {
            statements[index]
                .measured
                .locks
                .iter()
                .filter(|it| it.lock.table == *table)
        };
        let mut bars: Vec<Bar> = Vec::new();
        let mut held: Option<LockMode> = None;
        for index in 0..statements.len() {
            for Taken { lock, is_held, .. } in of(index) {
                let mode = held.map_or(lock.mode, |held| held.max(lock.mode));
                bars.push(bar(table, mode, lock.work, begins[index], ends[index]));
                held = if *is_held { Some(mode) } else { held };
            }
            if let (Some(mode), None) = (held, of(index).next()) {
                bars.push(bar(
                    table,
                    mode,
                    RowAccess::None,
                    begins[index],
                    ends[index],
                ));
            }
        }
        Lane {
            name: table.shown(),
            bars: joined(bars),
        }
    }));
    lanes
}

fn bar(table: &Name, mode: LockMode, work: RowAccess, begin: Duration, end: Duration) -> Bar {
    let text = match work {
        RowAccess::None => mode.words().to_owned(),
        work => format!("{}, {mode}", worded(work)),
    };
    let title = format!(
        "{}: {text}, {}",
        table.shown(),
        time(end.saturating_sub(begin).as_secs_f64())
    );
    Bar {
        begin,
        end,
        fill: fill(mode),
        text,
        title,
    }
}

fn worded(work: RowAccess) -> &'static str {
    match work {
        RowAccess::None => "",
        RowAccess::Scan => "reads every row",
        RowAccess::Rewrite => "rewrites every row",
    }
}

/// Neighbours that say the same are one.
fn joined(bars: Vec<Bar>) -> Vec<Bar> {
    let mut joined: Vec<Bar> = Vec::new();
    for bar in bars {
        match joined.last_mut() {
            Some(last) if last.end == bar.begin && last.text == bar.text => {
                last.end = bar.end;
                let head = last.title.rsplit_once(", ").map_or("", |(head, _)| head);
                last.title = format!(
                    "{head}, {}",
                    time(last.end.saturating_sub(last.begin).as_secs_f64())
                );
            }
            _ => joined.push(bar),
        }
    }
    joined
}
