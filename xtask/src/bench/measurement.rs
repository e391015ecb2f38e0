//! What was measured: a number a round, for each subject; and what is said of them.

use super::subject::Subject;

/// One thing measured, of every subject in every round.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measurement {
    /// What it is, with the number of migrations.
    pub(super) name: String,
    /// Of the numbers.
    pub(super) unit: String,
    /// In the order in which they are shown. Numbers with the same index are of one round.
    pub(super) samples: Vec<(Subject, Vec<f64>)>,
}

impl Measurement {
    /// The numbers of one subject; none where it was not measured.
    pub(super) fn of(&self, subject: Subject) -> &[f64] {
        let mut found = self.samples.iter().filter(|(one, _)| *one == subject);
        found.next().map_or(&[], |(_, numbers)| numbers)
    }

    /// The median of one subject.
    pub(super) fn median(&self, subject: Subject) -> Option<f64> {
        median(self.of(subject))
    }

    /// How many times the other's number this one's is: the median of the rounds' ratios, so
    /// that what slows a whole round down does not count.
    pub(super) fn ratio(&self, subject: Subject, to: Subject) -> Option<f64> {
        let pairs = self.of(subject).iter().zip(self.of(to));
        let ratios: Vec<f64> = pairs
            .filter(|(_, to)| **to > 0.0)
            .map(|(number, to)| number / to)
            .collect();
        median(&ratios)
    }

    /// The peer with the least, of those that do the same.
    pub(super) fn best_peer(&self, subject: Subject) -> Option<Subject> {
        let peers = self.samples.iter().filter(|(one, numbers)| {
            one.is_peer() && one.is_single() == subject.is_single() && !numbers.is_empty()
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

/// With three digits that count; none of the measurements is negative by much.
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

    fn measurement(samples: Vec<(Subject, Vec<f64>)>) -> Measurement {
        Measurement {
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
        let measurement = measurement(vec![
            (Subject::Floor, vec![1.0, 10.0, 2.0]),
            (Subject::Pgstrata, vec![1.1, 11.0, 2.2]),
        ]);
        let ratio = measurement
            .ratio(Subject::Pgstrata, Subject::Floor)
            .unwrap();
        assert!((ratio - 1.1).abs() < 1e-9, "{ratio}");
        assert_eq!(measurement.ratio(Subject::Sqlx, Subject::Floor), None);
    }

    #[test]
    fn the_best_peer_does_the_same_and_is_none_of_ours() {
        let measurement = measurement(vec![
            (Subject::Floor, vec![1.0]),
            (Subject::Pgstrata, vec![1.0]),
            (Subject::PgstrataSingle, vec![0.5]),
            (Subject::RefineryGrouped, vec![2.0]),
            (Subject::Refinery, vec![4.0]),
            (Subject::Sqlx, vec![3.0]),
            (Subject::Diesel, vec![]),
        ]);
        assert_eq!(
            measurement.best_peer(Subject::Pgstrata),
            Some(Subject::Sqlx)
        );
        assert_eq!(
            measurement.best_peer(Subject::PgstrataSingle),
            Some(Subject::RefineryGrouped)
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
