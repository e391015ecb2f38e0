//! What is wrong, where, why it matters and what to do instead.

use crate::span::Span;

/// One finding, as the compiler, the build script and `cargo pgstrata check` report it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Diagnostic {
    /// Identifies the rule, such as `transaction-control`.
    pub rule: &'static str,
    /// Whether the directory is refused.
    pub severity: Severity,
    /// One sentence, lower case, without a full stop.
    pub message: String,
    /// The places it is about, the main one first.
    pub labels: Vec<Label>,
    /// Why it is dangerous, where that is not plain from the message.
    pub why: Option<&'static str>,
    /// What would pass.
    pub help: Option<String>,
}

/// Whether a finding refuses the directory.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Severity {
    /// The directory does not compile.
    Error,
    /// Reported; the directory compiles.
    Warning,
}

/// A place that a finding is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Label {
    /// File name relative to the migrations directory; empty for the directory itself.
    pub file: String,
    /// The range in that file, or the file as a whole.
    pub span: Option<Span>,
    /// What stands there, where the message does not say it.
    pub text: String,
}

impl Diagnostic {
    /// A finding that refuses the directory.
    pub fn error(rule: &'static str, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity: Severity::Error,
            message: message.into(),
            labels: Vec::new(),
            why: None,
            help: None,
        }
    }

    /// A finding that is only reported.
    pub fn warning(rule: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(rule, message)
        }
    }

    /// Points at a range of a file.
    #[must_use]
    pub fn at(self, file: &str, span: Span) -> Self {
        self.labelled(file, Some(span), "")
    }

    /// Points at a file as a whole.
    #[must_use]
    pub fn in_file(self, file: &str) -> Self {
        self.labelled(file, None, "")
    }

    /// Points at a range or a file and says what is there.
    #[must_use]
    pub fn labelled(mut self, file: &str, span: Option<Span>, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            file: file.to_owned(),
            span,
            text: text.into(),
        });
        self
    }

    /// Says why it is dangerous.
    #[must_use]
    pub fn why(mut self, why: &'static str) -> Self {
        self.why = Some(why);
        self
    }

    /// Says what would pass.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
