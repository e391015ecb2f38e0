//! What a rule says of a place.

use crate::span::Span;

/// A place that a rule found.
#[derive(Debug)]
pub struct RuleFinding {
    /// Which statement of the script.
    pub statement: usize,
    /// The words to point at.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What would pass.
    pub help: String,
    /// What else helps to see it.
    pub notes: Vec<Note>,
    /// Why it is dangerous, where that is not the rule's reason.
    pub why: Option<&'static str>,
}

/// Another place that a finding has to do with.
#[derive(Debug)]
pub struct Note {
    /// In the up file of this version; else in the same file.
    pub version: Option<u64>,
    /// The words to point at, or the file as a whole.
    pub span: Option<Span>,
    /// What is there.
    pub text: String,
}

impl RuleFinding {
    /// A finding without notes.
    pub fn new(
        statement: usize,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        let (message, help) = (message.into(), help.into());
        Self {
            statement,
            span,
            message,
            help,
            notes: Vec::new(),
            why: None,
        }
    }

    /// Says why this one is dangerous.
    #[must_use]
    pub fn because(mut self, why: &'static str) -> Self {
        self.why = Some(why);
        self
    }

    /// Points at another place of the same file.
    #[must_use]
    pub fn noting(mut self, span: Option<Span>, text: impl Into<String>) -> Self {
        self.notes.push(Note {
            version: None,
            span,
            text: text.into(),
        });
        self
    }
}
