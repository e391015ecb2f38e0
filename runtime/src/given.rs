//! Lists and histories for the tests of pure functions, each written as a line.

use std::time::Duration;

use crate::embedded::{
    Checksum, Migration, Migrations, Mode, Phase, Repeatable, Script, Statement,
};
use crate::history::{Past, Recorded, RowState};

/// Of scripts as they are now, and of others.
const NOW: [[u8; 32]; 2] = [[1; 32], [2; 32]];
const BEFORE: [u8; 32] = [9; 32];

/// Versions in order, each with what is special about it: `n` runs outside a transaction, `x` has no
/// way back, `e` expands, `m` migrates, `c` contracts, `v` has a verify script. A name is a repeatable.
pub(crate) fn list(line: &str) -> &'static Migrations<'static> {
    let (mut migrations, mut repeatables) = (Vec::new(), Vec::new());
    for word in line.split_whitespace() {
        let kinds = word.trim_start_matches(|it: char| it.is_ascii_digit());
        let Ok(version) = word[..word.len() - kinds.len()].parse() else {
            let (name, script) = (leak(word), script("", 0));
            repeatables.push(Repeatable { name, script });
            continue;
        };
        let has = |kind| kinds.contains(kind);
        let mode = if has('n') {
            Mode::NoTransaction
        } else {
            Mode::Transaction
        };
        let phases = [
            ('e', Phase::Expand),
            ('m', Phase::Migrate),
            ('c', Phase::Contract),
        ];
        migrations.push(Migration {
            version,
            label: leak(&label(version)),
            up: Script {
                mode,
                ..script("up", 0)
            },
            down: Script {
                mode,
                ..script("down", 1)
            },
            irreversible: has('x').then_some("data is gone"),
            verify: has('v').then(|| &*Box::leak(Box::new(script("verify", 0)))),
            phase: phases.iter().find(|it| has(it.0)).map(|it| it.1),
            requires: &[],
        });
    }
    let list = Migrations::new("migrations", migrations.leak(), repeatables.leak());
    Box::leak(Box::new(list))
}

/// Rows in order, each with what is special about it: `u` goes up and is interrupted, `d` goes down and
/// is, `0` behind either says that none of its statements has begun, `n` runs outside a
/// transaction, `*` was applied from another file, `s` was applied by the same list. A name is a repeatable.
pub(crate) fn past(line: &str) -> Past {
    let mut past = Past::default();
    for (index, word) in line.split_whitespace().enumerate() {
        let kinds = word.trim_start_matches(|it: char| it.is_ascii_digit());
        let version = word[..word.len() - kinds.len()].parse().ok();
        let has = |kind| version.is_some() && kinds.contains(kind);
        let is_untouched = has('0');
        let row = Recorded {
            has_version: version.is_some(),
            version: version.unwrap_or_default(),
            label: version.map_or_else(|| kinds.trim_end_matches('*').to_owned(), label),
            state: match kinds {
                _ if has('u') => RowState::Applying,
                _ if has('d') => RowState::RollingBack,
                _ => RowState::Applied,
            },
            attempt: i64::try_from(index).unwrap() + 1,
            algorithm: 1,
            up_checksum: if kinds.contains('*') { BEFORE } else { NOW[0] }.to_vec(),
            down_checksum: NOW[1].to_vec(),
            statements_done: usize::from(!is_untouched),
            statements_total: 2,
            next_statement: Some("line 2: CREATE INDEX CONCURRENTLY".to_owned()),
            has_begun: !is_untouched,
            irreversible: None,
            down_code: None,
            down_mode: if has('n') {
                Mode::NoTransaction
            } else {
                Mode::Transaction
            },
            down_statements: 1,
            applied_at: String::new(),
            applied_by: String::new(),
            is_by_this_list: has('s'),
            age: Duration::ZERO,
        };
        if row.has_version {
            past.rows.push(row);
        } else {
            past.repeated.push(row);
        }
    }
    past
}

fn label(version: u64) -> String {
    format!("{version:04}")
}

fn script(sql: &'static str, digest: usize) -> Script<'static> {
    let all = Statement {
        start: 0,
        end: u32::try_from(sql.len()).unwrap(),
        line: 1,
        concurrent: false,
    };
    Script {
        sql,
        packed: vec![all.packed()].leak(),
        checksum: Checksum {
            algorithm: 1,
            sha256: &NOW[digest],
        },
        ..Script::EMPTY
    }
}

fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}
