//! The cases, and how subjects take turns in them.

use super::measurement::Measurement;
use super::subject::Subject;
use crate::failure::Failure;

choices! {
    /// What can be measured.
    pub(crate) enum Case {
        /// A debug build of everything, with 100 migrations.
        ColdBuild = "cold-build",
        /// A build after one of 1,000 files was edited.
        Rebuild = "rebuild",
        /// How large a release binary is.
        Binary = "binary",
        /// The start with nothing pending.
        Start = "start",
        /// The first run, its memory and CPU time.
        Apply = "apply",
        /// The same with a server 20 ms away, and the round trips.
        Latency = "latency",
        /// Everything rolled back.
        Rollback = "rollback",
        /// Sixteen processes at once.
        ConcurrentStart = "concurrent-start",
        /// The compiler's steps, in MB/s.
        Compiler = "compiler",
    }
}

/// Names and units of what one measurement gives.
pub(super) type Columns<'a, const N: usize> = [(&'a str, &'a str); N];

/// Measures every subject once a round, each round beginning with another one. A subject
/// that fails in the first round is left out, with the reason on standard error. What does not
/// apply to a subject is NaN, and left out.
pub(super) fn in_turns<const N: usize>(
    subjects: &[Subject],
    rounds: usize,
    columns: Columns<'_, N>,
    mut measure: impl FnMut(Subject) -> Result<[f64; N], Failure>,
) -> Result<Vec<Measurement>, Failure> {
    let mut subjects = subjects.to_vec();
    let mut measurements = columns.map(|(name, unit)| Measurement {
        name: name.to_owned(),
        unit: unit.to_owned(),
        samples: subjects
            .iter()
            .map(|subject| (*subject, Vec::new()))
            .collect(),
    });
    for round in 0..rounds {
        if subjects.is_empty() {
            break;
        }
        let turn = round % subjects.len();
        let mut failed = Vec::new();
        for subject in subjects[turn..].iter().chain(&subjects[..turn]) {
            let numbers = match measure(*subject) {
                Ok(numbers) => numbers,
                Err(failure) if round == 0 => {
                    eprintln!("without {}: {failure}", subject.label());
                    failed.push(*subject);
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            for (measurement, number) in measurements.iter_mut().zip(numbers) {
                let mut samples = measurement.samples.iter_mut();
                if let Some((_, samples)) = samples.find(|(one, _)| one == subject)
                    && !number.is_nan()
                {
                    samples.push(number);
                }
            }
        }
        subjects.retain(|subject| !failed.contains(subject));
    }
    for measurement in &mut measurements {
        measurement
            .samples
            .retain(|(_, numbers)| !numbers.is_empty());
    }
    Ok(measurements.into())
}

/// A line while it goes on.
pub(super) fn progress(subject: Subject, text: &str) {
    eprintln!("  {}: {text}", subject.label());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contenders_take_turns_and_who_fails_at_first_is_left_out() {
        let mut order = Vec::new();
        let all = [Subject::Floor, Subject::Pgstrata, Subject::Diesel];
        let measurements = in_turns(&all, 3, [("time", "s"), ("memory", "KiB")], |subject| {
            if subject == Subject::Diesel {
                return Err(Failure::configuration("there is no libpq"));
            }
            order.push(subject);
            Ok([1.0, 2.0])
        });
        let measurements = measurements.unwrap();
        let (one, two) = (Subject::Floor, Subject::Pgstrata);
        assert_eq!(order, [one, two, two, one, one, two]);
        assert_eq!(measurements.len(), 2);
        assert_eq!(
            measurements[1].samples,
            [(one, vec![2.0; 3]), (two, vec![2.0; 3])]
        );
    }
}
