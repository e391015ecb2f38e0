//! What a check has found: how bad it is, what shows it, and what to do.

use crate::words::typed;
use serde_json::{Map, Value};

/// How bad it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Severity {
    /// The run would fail, or stand in everybody's way.
    Error,
    /// It may.
    Warning,
    /// Good to know.
    Note,
}

impl Severity {
    /// As people and programs read it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One thing that was found.
#[derive(Clone, Debug)]
pub(crate) struct CheckFinding {
    /// The check that found it.
    pub(crate) check: &'static str,
    /// How bad it is.
    pub(crate) severity: Severity,
    /// What it is, in one sentence.
    pub(crate) message: String,
    /// One entry a session, table and so on; each value has a name.
    pub(crate) evidence: Vec<Evidence>,
    /// What to do.
    pub(crate) advice: String,
}

/// Values with their names, in the order in which people read them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Evidence(Vec<(&'static str, Value)>);

impl CheckFinding {
    pub(crate) fn new(check: &'static str, severity: Severity, message: impl Into<String>) -> Self {
        let (evidence, advice) = (Vec::new(), String::new());
        Self {
            check,
            severity,
            message: message.into(),
            evidence,
            advice,
        }
    }

    pub(crate) fn with(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = typed(advice.into());
        self
    }

    /// As programs read it.
    pub(crate) fn json(&self) -> Value {
        serde_json::json!({
            "check": self.check,
            "severity": self.severity.word(),
            "message": self.message,
            "evidence": self.evidence.iter().map(Evidence::json).collect::<Vec<_>>(),
            "advice": self.advice,
        })
    }
}

/// What is named by a label: a repeatable has no version.
pub(crate) fn kind<T: Copy>(version: Option<T>) -> &'static str {
    if version.is_some() {
        "migration"
    } else {
        "repeatable"
    }
}

impl Evidence {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// One value more; what is not known is left out.
    pub(crate) fn and(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if !value.is_null() {
            self.0.push((name, value));
        }
        self
    }

    /// `pid 4711, user app`.
    pub(crate) fn text(&self) -> String {
        let value = |value: &Value| match value {
            Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
            other => other.to_string(),
        };
        let values = self
            .0
            .iter()
            .map(|(name, it)| format!("{name} {}", value(it)));
        values.collect::<Vec<_>>().join(", ")
    }

    fn json(&self) -> Value {
        let values = self
            .0
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        Value::Object(values.collect::<Map<_, _>>())
    }
}

/// Such as `1.4 GiB`.
pub(crate) fn bytes(count: i64) -> String {
    indicatif::BinaryBytes(u64::try_from(count).unwrap_or(0)).to_string()
}

/// Without fractions.
#[expect(
    clippy::cast_possible_truncation,
    reason = "seconds since a server was started"
)]
pub(crate) fn whole_seconds(count: f64) -> i64 {
    count.max(0.0).floor() as i64
}

/// Such as `31 s` or `2 h 5 min`.
pub(crate) fn seconds(count: f64) -> String {
    let whole = whole_seconds(count);
    match whole {
        0..120 => format!("{whole} s"),
        120..7200 => format!("{} min", whole / 60),
        _ => format!("{} h {} min", whole / 3600, whole / 60 % 60),
    }
}
