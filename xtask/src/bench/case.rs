//! The cases, and how contenders take turns in them.

use super::contender::Contender;
use super::figure::Figure;
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
        Distance = "distance",
        /// Everything rolled back.
        Rollback = "rollback",
        /// Sixteen processes at once.
        Crowd = "crowd",
        /// The compiler's steps, in MB/s.
        Compiler = "compiler",
    }
}

/// Names and units of what one measurement gives.
pub(super) type Columns<'a, const N: usize> = [(&'a str, &'a str); N];

/// Measures every contender once a round, each round beginning with another one. A contender
/// that fails in the first round is left out, with the reason on standard error. What does not
/// apply to a contender is NaN, and left out.
pub(super) fn in_turns<const N: usize>(
    contenders: &[Contender],
    rounds: usize,
    columns: Columns<'_, N>,
    mut measure: impl FnMut(Contender) -> Result<[f64; N], Failure>,
) -> Result<Vec<Figure>, Failure> {
    let mut contenders = contenders.to_vec();
    let mut figures = columns.map(|(name, unit)| Figure {
        name: name.to_owned(),
        unit: unit.to_owned(),
        samples: contenders
            .iter()
            .map(|contender| (*contender, Vec::new()))
            .collect(),
    });
    for round in 0..rounds {
        if contenders.is_empty() {
            break;
        }
        let turn = round % contenders.len();
        let mut failed = Vec::new();
        for contender in contenders[turn..].iter().chain(&contenders[..turn]) {
            let numbers = match measure(*contender) {
                Ok(numbers) => numbers,
                Err(failure) if round == 0 => {
                    eprintln!("without {}: {failure}", contender.label());
                    failed.push(*contender);
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            for (figure, number) in figures.iter_mut().zip(numbers) {
                let mut samples = figure.samples.iter_mut();
                if let Some((_, samples)) = samples.find(|(one, _)| one == contender)
                    && !number.is_nan()
                {
                    samples.push(number);
                }
            }
        }
        contenders.retain(|contender| !failed.contains(contender));
    }
    for figure in &mut figures {
        figure.samples.retain(|(_, numbers)| !numbers.is_empty());
    }
    Ok(figures.into())
}

/// A line while it goes on.
pub(super) fn progress(contender: Contender, text: &str) {
    eprintln!("  {}: {text}", contender.label());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contenders_take_turns_and_who_fails_at_first_is_left_out() {
        let mut order = Vec::new();
        let all = [Contender::Floor, Contender::Pgstrata, Contender::Diesel];
        let figures = in_turns(&all, 3, [("time", "s"), ("memory", "KiB")], |contender| {
            if contender == Contender::Diesel {
                return Err(Failure::configuration("there is no libpq"));
            }
            order.push(contender);
            Ok([1.0, 2.0])
        });
        let figures = figures.unwrap();
        let (one, two) = (Contender::Floor, Contender::Pgstrata);
        assert_eq!(order, [one, two, two, one, one, two]);
        assert_eq!(figures.len(), 2);
        assert_eq!(
            figures[1].samples,
            [(one, vec![2.0; 3]), (two, vec![2.0; 3])]
        );
    }
}
