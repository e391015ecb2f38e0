//! What a number of histories were made of, counted over those that ran.

use std::collections::BTreeMap;
use std::fmt;

use crate::change::can_detach_concurrently;
use crate::fault::FAULTS;
use crate::known::KNOWN_FAULTS;
use crate::verb::VERBS;

/// How many histories had each thing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mix {
    pub(crate) histories: usize,
    pub(crate) counts: BTreeMap<&'static str, usize>,
    pub(crate) programs: usize,
    pub(crate) decided: usize,
    pub(crate) most_programs: usize,
    /// How the programs of one history ended.
    pub(crate) story: String,
}

/// At least so many in a hundred histories, by what is counted.
const FLOORS: [(&str, usize); 7] = [
    ("a file without a transaction", 20),
    ("a batch", 10),
    ("repeatables", 10),
    ("several programs", 30),
    ("a fault", 50),
    ("a person's decision", 3),
    ("a detach left pending", 1),
];

/// Each verb and each fault has this one.
const EACH: usize = 5;

impl Mix {
    pub(crate) fn add(&mut self, other: &Self) {
        self.histories += other.histories;
        self.programs += other.programs;
        self.decided += other.decided;
        self.most_programs = self.most_programs.max(other.most_programs);
        for (what, count) in &other.counts {
            *self.counts.entry(what).or_default() += count;
        }
    }

    /// Once a history.
    pub(crate) fn note(&mut self, what: &'static str) {
        self.counts.insert(what, 1);
    }

    pub(crate) fn rows(&self) -> Vec<(&'static str, usize, usize)> {
        let faults = FAULTS.iter().map(|(name, _)| *name);
        let faults = faults.filter(|name| KNOWN_FAULTS.iter().all(|(known, _)| known != name));
        let each = VERBS.into_iter().chain(faults).map(|name| (name, EACH));
        let is_possible =
            |(name, _): &(&str, usize)| !name.contains("detach") || can_detach_concurrently();
        let all = FLOORS.into_iter().filter(is_possible).chain(each);
        all.map(|(name, floor)| {
            let count = self.counts.get(name).copied().unwrap_or(0);
            (name, floor, count)
        })
        .collect()
    }

    /// What there was too little of.
    pub(crate) fn lacks(&self) -> Vec<String> {
        let rows = self.rows().into_iter();
        let lacking = rows.filter(|(_, floor, count)| count * 100 < floor * self.histories);
        lacking
            .map(|(name, floor, count)| {
                let all = self.histories;
                format!("{name}: {count} of {all}, and {floor} in 100 are promised")
            })
            .collect()
    }
}

impl fmt::Display for Mix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| histories with | count | in 100 | at least |")?;
        writeln!(f, "| --- | ---: | ---: | ---: |")?;
        for (name, floor, count) in self.rows() {
            let tenths = count * 1000 / self.histories.max(1);
            let (whole, tenth) = (tenths / 10, tenths % 10);
            writeln!(f, "| {name} | {count} | {whole}.{tenth} | {floor} |")?;
        }
        Ok(())
    }
}
