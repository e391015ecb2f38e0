//! Results on disk, a file a case, so that a document can be made of several sessions.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::case::Case;
use super::contender::Contender;
use super::figure::Figure;
use super::program::write;
use crate::choice::Choice as _;
use crate::failure::Failure;

/// One case, measured.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measured {
    pub(super) case: Case,
    /// When, and on what.
    pub(super) circumstances: String,
    pub(super) figures: Vec<Figure>,
}

/// Keeps it instead of what was measured before.
pub(super) fn store(folder: &Path, measured: &Measured) -> Result<(), Failure> {
    let figures = measured.figures.iter().map(|figure| {
        let samples = figure.samples.iter().map(
            |(contender, numbers)| json!({ "contender": contender.label(), "numbers": numbers }),
        );
        json!({ "name": figure.name, "unit": figure.unit, "samples": samples.collect::<Value>() })
    });
    let value = json!({
        "circumstances": measured.circumstances,
        "figures": figures.collect::<Value>(),
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
    let figures = value["figures"].as_array()?.iter().map(|figure| {
        let samples = figure["samples"].as_array()?.iter().map(|sample| {
            let label = sample["contender"].as_str()?;
            let contender = Contender::ALL
                .into_iter()
                .find(|one| one.label() == label)?;
            let numbers = sample["numbers"].as_array()?.iter().map(Value::as_f64);
            Some((contender, numbers.collect::<Option<Vec<_>>>()?))
        });
        Some(Figure {
            name: figure["name"].as_str()?.to_owned(),
            unit: figure["unit"].as_str()?.to_owned(),
            samples: samples.collect::<Option<Vec<_>>>()?,
        })
    });
    let circumstances = value["circumstances"].as_str()?.to_owned();
    Some(Measured {
        case,
        circumstances,
        figures: figures.collect::<Option<Vec<_>>>()?,
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
            figures: vec![Figure {
                name: "first run".to_owned(),
                unit: "ms".to_owned(),
                samples: vec![(Contender::PsqlSingle, vec![1.5, 2.25])],
            }],
        };
        for case in [Case::Crowd, Case::ColdBuild] {
            store(folder.path(), &measured(case)).unwrap();
        }
        let all = [measured(Case::ColdBuild), measured(Case::Crowd)];
        assert_eq!(stored(folder.path()).unwrap(), all);
        write(&folder.path().join("crowd.json"), "{}").unwrap();
        assert!(
            stored(folder.path())
                .unwrap_err()
                .to_string()
                .contains("measure again")
        );
    }
}
