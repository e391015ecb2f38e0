//! What a seed says: two lists, and what is done with them.

use std::collections::BTreeSet;
use std::fmt;

use crate::change::Change;
use crate::directory::{List, Program};
use crate::fault::{Blow, Fault};
use crate::known::KNOWN_FAULTS;
use crate::proxy::Moment;
use crate::random::Random;
use crate::verb::{VERBS, Verb, Way};

/// One program's run.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Run {
    pub(crate) program: Program,
    pub(crate) verb: Verb,
    pub(crate) way: Way,
}

/// Programs that run at the same time, and what befalls the first of them.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    pub(crate) runs: Vec<Run>,
    pub(crate) blow: Option<Blow>,
}

#[derive(Clone, Debug)]
pub(crate) struct History {
    pub(crate) seed: u64,
    /// The older one first.
    pub(crate) lists: [List; 2],
    pub(crate) acts: Vec<Act>,
    /// Before which act the gates are opened.
    pub(crate) opens: usize,
}

/// So many of fifty seeds in a row have this one; the others have none.
const SHARES: [(usize, Fault); 7] = [
    (8, Fault::Kill),
    (8, Fault::Terminate),
    (9, Fault::Cancel),
    (8, Fault::Cut),
    (5, Fault::Restart),
    (4, Fault::FailOver),
    (4, Fault::FailOverToTheLate),
];

/// Shared out and not drawn, so that each has its share in every range of seeds.
fn planned(seed: u64) -> Option<Fault> {
    let mut place = usize::try_from(seed * 7 % 50).unwrap();
    for (share, fault) in SHARES {
        if place < share {
            let is_known = KNOWN_FAULTS.iter().any(|(name, _)| *name == fault.name());
            return (!is_known).then_some(fault);
        }
        place -= share;
    }
    None
}

impl History {
    pub(crate) fn random(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let lists = List::random(&mut random);
        let fault = planned(seed);
        let is_crowd = random.percent(48);
        let count = random.between(3, 6);
        let mut acts = Vec::new();
        for number in 0..count {
            let mut act = Act::random(&lists, number == 0, is_crowd, &mut random);
            let is_struck = number == 0 || random.percent(35);
            if let Some(fault) = fault.filter(|_| is_struck) {
                act.strike(fault, &mut random);
            }
            acts.push(act);
        }
        if fault == Some(Fault::FailOverToTheLate) {
            Act::leave_behind(&mut acts, &mut random);
        }
        // Of two fail-overs the second would need a third server.
        let mut is_over = false;
        for act in &mut acts {
            let is_fail_over = act.blow.is_some_and(|blow| blow.fault.is_fail_over());
            if is_fail_over && std::mem::replace(&mut is_over, true) {
                act.blow = None;
            }
        }
        let opens = random.between(1, count);
        Self {
            seed,
            lists,
            acts,
            opens,
        }
    }

    pub(crate) fn list(&self, program: Program) -> &List {
        &self.lists[program as usize]
    }

    /// A migration of any program, in the edition that was recorded.
    pub(crate) fn file(&self, version: u64, edition: u8) -> Change {
        let mut all = self.lists.iter().rev().flat_map(|list| &list.changes);
        all.find(|change| change.version == version && change.edition == edition)
            .or_else(|| self.lists[1].find(version))
            .unwrap()
            .clone()
    }

    pub(crate) fn gated(&self) -> BTreeSet<u64> {
        let changes = self.lists[1].changes.iter();
        let gated = changes.filter(|change| change.is_gated());
        gated.map(|change| change.version).collect()
    }

    /// Which server it needs.
    pub(crate) fn fault(&self) -> Option<Fault> {
        self.acts.iter().find_map(|act| Some(act.blow?.fault))
    }
}

impl Act {
    /// Has one migration that the standby hears of, and then some that it does not.
    fn leave_behind(acts: &mut [Self], random: &mut Random) {
        let run = |verb, way| Run {
            program: Program::Newer,
            verb,
            way,
        };
        acts[0] = Self {
            runs: vec![run(Verb::Steps(1), Way::Borrowed)],
            blow: None,
        };
        acts[1] = Self {
            runs: vec![run(Verb::Up, Way::Watched)],
            blow: None,
        };
        acts[1].strike(Fault::FailOverToTheLate, random);
    }

    fn random(lists: &[List; 2], is_first: bool, is_crowd: bool, random: &mut Random) -> Self {
        let program = if random.percent(65) {
            Program::Newer
        } else {
            Program::Older
        };
        let list = &lists[program as usize];
        let edited: Vec<u64> = lists[1].edited().collect();
        let name = if is_first {
            *random.pick(&["up", "up", "up", "up_to", "steps"])
        } else if !edited.is_empty() && random.percent(18) {
            "repair"
        } else {
            *random.pick(&VERBS)
        };
        let number = match name {
            "steps" | "down" | "redo" => random.between(1, 3) as u64,
            "repair" if !edited.is_empty() => *random.pick(&edited),
            "down_to" => random.below(list.changes.len()) as u64,
            _ => random.between(1, list.changes.len()) as u64,
        };
        let verb = Verb::new(name, number);
        let ways = [
            (50, Way::Borrowed),
            (15, Way::PerStatement),
            (20, Way::Watched),
            (8, Way::SingleTransaction),
            (7, Way::Pooled),
        ];
        let way = random.weighted(&ways);
        let mut runs = vec![Run { program, verb, way }];
        let can_be_many = verb.is_upward() && verb != Verb::Plan || verb.is_backward();
        if is_crowd && can_be_many && (is_first || random.percent(45)) {
            let more = random.weighted(&[(40, 1), (25, 2), (15, 3), (10, 5), (6, 9), (4, 15)]);
            for _ in 0..more {
                let other = random.weighted(&[(55, verb), (35, Verb::Up), (10, Verb::Steps(1))]);
                let program = if random.percent(70) || other == verb {
                    program
                } else {
                    Program::Newer
                };
                let way = random.weighted(&ways[..2]);
                runs.push(Run {
                    program,
                    verb: other,
                    way,
                });
            }
            // A transaction pooler has one lock a transaction, so that runs are mixed.
            if runs[0].way == Way::Pooled || verb.is_backward() {
                runs[0].way = Way::Borrowed;
            }
        }
        Self { runs, blow: None }
    }

    fn strike(&mut self, fault: Fault, random: &mut Random) {
        let first = self.runs[0];
        let writes = !first.verb.only_reads();
        let is_clear = self.runs.len() == 1 || !first.verb.is_redo();
        if !writes || !is_clear {
            return;
        }
        if fault.is_fail_over() {
            // Only a run with a connection of its own goes on elsewhere.
            self.runs.truncate(1);
            self.runs[0].way = Way::Watched;
        }
        let moments = match fault {
            Fault::Cancel => &[Moment::During][..],
            _ => &[Moment::Before, Moment::During, Moment::After],
        };
        self.blow = Some(Blow {
            fault,
            moment: *random.pick(moments),
            place: random.next(),
        });
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "history {}", self.seed)?;
        for change in &self.lists[1].changes {
            let mode = if change.is_transaction {
                ""
            } else {
                ", no transaction"
            };
            let edited = if change.edition > 0 { ", edited" } else { "" };
            let irreversible = if change.irreversible {
                ", irreversible"
            } else {
                ""
            };
            writeln!(f, "  {}{mode}{edited}{irreversible}", change.label())?;
            for (way, statements) in [("up", &change.up), ("down", &change.down)] {
                for statement in statements {
                    let gate = if statement.is_gated { " (gated)" } else { "" };
                    writeln!(f, "    {way}: {}{gate}", statement.sql.replace('\n', " "))?;
                }
            }
        }
        let repeatables = self.lists.iter().map(|list| &list.repeatables);
        let shared = self.lists[0].changes.len();
        writeln!(
            f,
            "  the older program ends with {shared}; repeatables {:?}",
            repeatables.collect::<Vec<_>>()
        )?;
        for (number, act) in self.acts.iter().enumerate() {
            let gate = if number == self.opens {
                " (gates open)"
            } else {
                ""
            };
            writeln!(f, "  act {}{gate}: {:?}", number + 1, act.blow)?;
            for run in &act.runs {
                writeln!(f, "    {run:?}")?;
            }
        }
        Ok(())
    }
}
