//! What was measured: a number a round, for each contender; and what is said of them.

use super::contender::Contender;

/// One thing measured, of every contender in every round.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Figure {
    /// What it is, with the number of migrations.
    pub(super) name: String,
    /// Of the numbers.
    pub(super) unit: String,
    /// In the order in which they are shown. Numbers with the same index are of one round.
    pub(super) samples: Vec<(Contender, Vec<f64>)>,
}

impl Figure {
    /// The numbers of one contender; none where it was not measured.
    pub(super) fn of(&self, contender: Contender) -> &[f64] {
        let mut found = self.samples.iter().filter(|(one, _)| *one == contender);
        found.next().map_or(&[], |(_, numbers)| numbers)
    }

    /// The median of one contender.
    pub(super) fn median(&self, contender: Contender) -> Option<f64> {
        median(self.of(contender))
    }

    /// How many times the other's number this one's is: the median of the rounds' ratios, so
    /// that what slows a whole round down does not count.
    pub(super) fn ratio(&self, contender: Contender, to: Contender) -> Option<f64> {
        let pairs = self.of(contender).iter().zip(self.of(to));
        let ratios: Vec<f64> = pairs
            .filter(|(_, to)| **to > 0.0)
            .map(|(number, to)| number / to)
            .collect();
        median(&ratios)
    }

    /// The peer with the least, of those that do the same.
    pub(super) fn best_peer(&self, contender: Contender) -> Option<Contender> {
        let peers = self.samples.iter().filter(|(one, numbers)| {
            one.is_peer() && one.is_single() == contender.is_single() && !numbers.is_empty()
        });
        let medians = peers.filter_map(|(one, numbers)| Some((*one, median(numbers)?)));
        medians
            .min_by(|one, other| one.1.total_cmp(&other.1))
            .map(|(one, _)| one)
    }
}

/// The one in the middle, or between the two there.
pub(super) fn median(numbers: &[f64]) -> Option<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

/// The least and the greatest.
pub(super) fn spread(numbers: &[f64]) -> Option<(f64, f64)> {
    let least = numbers.iter().copied().min_by(f64::total_cmp)?;
    let greatest = numbers.iter().copied().max_by(f64::total_cmp)?;
    Some((least, greatest))
}

/// With three digits that count; none of the figures is negative by much.
pub(super) fn digits(number: f64) -> String {
    match number {
        large if large >= 99.95 => {
            let whole = format!("{number:.0}");
            let grouped = whole.char_indices().map(|(index, digit)| {
                let is_first = index == 0 || (whole.len() - index) % 3 != 0;
                if is_first {
                    digit.to_string()
                } else {
                    format!(",{digit}")
                }
            });
            grouped.collect()
        }
        middle if middle >= 9.995 => format!("{number:.1}"),
        small if small >= 0.1 || small == 0.0 => format!("{number:.2}"),
        _ => format!("{number:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(samples: Vec<(Contender, Vec<f64>)>) -> Figure {
        Figure {
            name: "a name".to_owned(),
            unit: "s".to_owned(),
            samples,
        }
    }

    #[test]
    fn the_median_is_in_the_middle_of_any_order() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
        assert_eq!(spread(&[3.0, 1.0, 2.0]), Some((1.0, 3.0)));
    }

    #[test]
    fn a_ratio_is_taken_within_each_round() {
        // The second round was ten times slower for everybody.
        let figure = figure(vec![
            (Contender::Floor, vec![1.0, 10.0, 2.0]),
            (Contender::Pgstrata, vec![1.1, 11.0, 2.2]),
        ]);
        let ratio = figure.ratio(Contender::Pgstrata, Contender::Floor).unwrap();
        assert!((ratio - 1.1).abs() < 1e-9, "{ratio}");
        assert_eq!(figure.ratio(Contender::Sqlx, Contender::Floor), None);
    }

    #[test]
    fn the_best_peer_does_the_same_and_is_none_of_ours() {
        let figure = figure(vec![
            (Contender::Floor, vec![1.0]),
            (Contender::Pgstrata, vec![1.0]),
            (Contender::PgstrataSingle, vec![0.5]),
            (Contender::RefineryGrouped, vec![2.0]),
            (Contender::Refinery, vec![4.0]),
            (Contender::Sqlx, vec![3.0]),
            (Contender::Diesel, vec![]),
        ]);
        assert_eq!(figure.best_peer(Contender::Pgstrata), Some(Contender::Sqlx));
        assert_eq!(
            figure.best_peer(Contender::PgstrataSingle),
            Some(Contender::RefineryGrouped)
        );
    }

    #[test]
    fn numbers_have_three_digits_that_count() {
        for (number, text) in [
            (0.0123, "0.012"),
            (0.456, "0.46"),
            (1.234, "1.23"),
            (12.34, "12.3"),
            (99.97, "100"),
            (123.4, "123"),
            (1234.5, "1,234"),
            (1_234_567.0, "1,234,567"),
            (0.0, "0.00"),
        ] {
            assert_eq!(digits(number), text);
        }
    }
}
