//! Results on disk, a file a case, so that a document can be made of several sessions.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::case::Case;
use super::measurement::Measurement;
use super::program::write;
use super::subject::Subject;
use crate::choice::Choice as _;
use crate::failure::Failure;

/// One case, measured.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measured {
    pub(super) case: Case,
    /// When, and on what.
    pub(super) circumstances: String,
    pub(super) measurements: Vec<Measurement>,
}

/// Keeps it instead of what was measured before.
pub(super) fn store(folder: &Path, measured: &Measured) -> Result<(), Failure> {
    let measurements = measured.measurements.iter().map(|measurement| {
        let samples = measurement.samples.iter().map(
            |(subject, numbers)| json!({ "subject": subject.label(), "numbers": numbers }),
        );
        json!({ "name": measurement.name, "unit": measurement.unit, "samples": samples.collect::<Value>() })
    });
    let value = json!({
        "circumstances": measured.circumstances,
        "measurements": measurements.collect::<Value>(),
    });
    write(
        &folder.join(measured.case.name()).with_extension("json"),
        &format!("{value:#}\n"),
    )
}

/// All that was kept, in the order of the cases.
pub(super) fn stored(folder: &Path) -> Result<Vec<Measured>, Failure> {
    let mut all = Vec::new();
    for case in Case::ALL {
        let path = folder.join(case.name()).with_extension("json");
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        let value = serde_json::from_str(&text).ok();
        all.push(
            value
                .and_then(|value: Value| measured(*case, &value))
                .ok_or_else(|| {
                    Failure::configuration(format!(
                        "{} does not hold results; remove it and measure again",
                        path.display()
                    ))
                })?,
        );
    }
    Ok(all)
}

fn measured(case: Case, value: &Value) -> Option<Measured> {
    let measurements = value["measurements"].as_array()?.iter().map(|measurement| {
        let samples = measurement["samples"].as_array()?.iter().map(|sample| {
            let label = sample["subject"].as_str()?;
            let subject = Subject::ALL.into_iter().find(|one| one.label() == label)?;
            let numbers = sample["numbers"].as_array()?.iter().map(Value::as_f64);
            Some((subject, numbers.collect::<Option<Vec<_>>>()?))
        });
        Some(Measurement {
            name: measurement["name"].as_str()?.to_owned(),
            unit: measurement["unit"].as_str()?.to_owned(),
            samples: samples.collect::<Option<Vec<_>>>()?,
        })
    });
    let circumstances = value["circumstances"].as_str()?.to_owned();
    Some(Measured {
        case,
        circumstances,
        measurements: measurements.collect::<Option<Vec<_>>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let measured = |case| Measured {
            case,
            circumstances: "2026-01-02, load 0.5".to_owned(),
            measurements: vec![Measurement {
                name: "first run".to_owned(),
                unit: "ms".to_owned(),
                samples: vec![(Subject::PsqlSingle, vec![1.5, 2.25])],
            }],
        };
        for case in [Case::ConcurrentStart, Case::ColdBuild] {
            store(folder.path(), &measured(case)).unwrap();
        }
        let all = [measured(Case::ColdBuild), measured(Case::ConcurrentStart)];
        assert_eq!(stored(folder.path()).unwrap(), all);
        write(&folder.path().join("concurrent-start.json"), "{}").unwrap();
        assert!(
            stored(folder.path())
                .unwrap_err()
                .to_string()
                .contains("measure again")
        );
    }
}
