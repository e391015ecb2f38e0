//! The rules that look at history: each statement with the schema before it, each file with
//! what it has done.

use super::Found;
use crate::action::Action;
use crate::catalog::Catalog;
use crate::cursor::Name;
use crate::file_name::Purpose;
use crate::grammar;
use crate::locks::{self, LockMode};
use crate::migration::Migration;
use crate::rule_context::{FileContext, RoundTripContext, StatementContext, Step};
use crate::rules::{Check, Rule};
use crate::script::Script;
use crate::settings::Settings;

/// Of a script without one: higher than any.
const NO_VERSION: u64 = u64::MAX;

/// The directory, migration by migration.
pub(super) struct History<'a> {
    catalog: Catalog,
    asked: Vec<&'a Rule>,
    settings: &'a Settings,
}

impl<'a> History<'a> {
    pub(super) fn new(asked: &[&'a Rule], settings: &'a Settings) -> Self {
        let asks = |rule: &&&Rule| !matches!(rule.check, Check::Script(_));
        let asked = asked.iter().filter(asks).copied().collect();
        Self {
            catalog: Catalog::on_path(&settings.search_path),
            asked,
            settings,
        }
    }

    /// Applies the migration, tries its way back, and stands behind it.
    pub(super) fn migration(
        &mut self,
        migration: &Migration,
        mut up: Found<'a>,
        mut down: Found<'a>,
    ) -> (Found<'a>, Found<'a>) {
        if self.asked.is_empty() {
            return (up, down);
        }
        for table in &migration.up.tables {
            self.catalog.declare_foreign(&table.name);
        }
        let before_up = self.catalog.mark();
        up.extend(self.statements(&migration.up, Purpose::Up, migration.version));
        let before_down = self.catalog.mark();
        down.extend(self.statements(&migration.down, Purpose::Down, migration.version));
        let round_trip = RoundTripContext {
            migration,
            catalog: &self.catalog,
            before_up,
            before_down,
        };
        for rule in &self.asked {
            if let Check::Migration(check) = rule.check {
                down.extend(
                    check(&round_trip)
                        .into_iter()
                        .map(|finding| (*rule, finding)),
                );
            }
        }
        self.catalog.undo_to(before_down);
        self.catalog.forget_journal();
        (up, down)
    }

    /// A script on which no later one builds: whether it can run again.
    pub(super) fn repeatable(&self, script: &Script, mut found: Found<'a>) -> Found<'a> {
        let read = |text| Step {
            text,
            action: grammar::read(text.named_by(&self.catalog)),
            locks: Vec::new(),
            reads: false,
        };
        let steps: Vec<Step<'_>> = script.statements().map(read).collect();
        let (purpose, version) = (Purpose::Repeatable, NO_VERSION);
        let context = FileContext {
            script,
            purpose,
            version,
            steps: &steps,
            catalog: &self.catalog,
        };
        for rule in &self.asked {
            if let Check::Repeatable(check) = rule.check {
                found.extend(check(&context).into_iter().map(|finding| (*rule, finding)));
            }
        }
        found
    }

    /// Runs the script on the catalog, and the rules before each statement.
    fn statements(&mut self, script: &Script, purpose: Purpose, version: u64) -> Found<'a> {
        let mut found = Vec::new();
        let mut steps = Vec::new();
        self.catalog.begin_file(version);
        for (statement, bare) in script.statements().enumerate() {
            let text = bare.named_by(&self.catalog);
            let action = grammar::read(text);
            let context = StatementContext {
                script,
                purpose,
                statement,
                text,
                action: &action,
                catalog: &self.catalog,
                version,
                settings: self.settings,
            };
            for rule in &self.asked {
                if let Check::Statement(check) = rule.check {
                    found.extend(check(&context).into_iter().map(|finding| (*rule, finding)));
                }
            }
            let locks = locks::of(text, &action, &self.catalog).tables.into_iter();
            let is_old = |name: &Name| {
                let table = self.catalog.table(name);
                table.is_some_and(|table| table.born < version)
            };
            let reads = locks
                .clone()
                .any(|lock| lock.mode == LockMode::AccessShare && is_old(&lock.table));
            let all: Vec<Name> = locks.clone().map(|lock| lock.table).collect();
            // A statement on a partitioned table goes down to its partitions in any case.
            let is_below = |name: &Name| {
                let parent = self.catalog.table(name).and_then(|table| table.on.as_ref());
                parent.is_some_and(|parent| all.contains(parent))
            };
            let locks = locks.map(|lock| (lock.table, lock.mode)).filter(|(table, lock)| {
                // Who only reads is in nobody's way, and no other file would spare
                // `ALTER TABLE` the partitions and the other ends of foreign keys.
                let is_named =
                    !matches!(&action, Action::AlterTable { table: named, .. } if named != table);
                *lock >= LockMode::RowExclusive
                    && is_named
                    && !is_below(table)
                    && self.catalog.table(table).is_some_and(|table| table.born < version)
            });
            let locks = locks.collect();
            self.catalog.apply(&action, bare, version);
            if purpose == Purpose::Up {
                self.catalog.remember_long_names(bare, version);
            }
            steps.push(Step {
                text: bare,
                action,
                locks,
                reads,
            });
        }
        if script.code.is_some() {
            self.catalog.run_code(version);
        }
        let context = FileContext {
            script,
            purpose,
            version,
            steps: &steps,
            catalog: &self.catalog,
        };
        for rule in &self.asked {
            if let Check::File(check) = rule.check {
                found.extend(check(&context).into_iter().map(|finding| (*rule, finding)));
            }
        }
        found
    }
}
