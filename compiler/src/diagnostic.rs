//! What is wrong, where, why it matters and what to do instead.

use crate::span::Span;

/// Stands in a help for the file of the main place, in a command: its path as messages show it, for a
/// shell. No text of a migration holds this character.
pub const ITS_FILE: char = '\0';

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

    /// Writes the path into the commands of its help, as `shown` makes it of a file's name.
    #[must_use]
    pub fn naming_its_file(mut self, shown: impl Fn(&str) -> String) -> Self {
        let file = self.labels.first().map_or("", |label| &label.file);
        if let Some(help) = &mut self.help
            && help.chars().any(|letter| letter == ITS_FILE)
        {
            let path = shell_word(&shown(file));
            let letters = help.chars().map(|letter| match letter {
                ITS_FILE => path.clone(),
                _ => letter.to_string(),
            });
            *help = letters.collect();
        }
        self
    }
}

/// A path as a word of a shell (POSIX: Shell Command Language, Quoting).
fn shell_word(path: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+,:@%".contains(&byte);
    // A program would take a hyphen in front for an option.
    let head = if path.bytes().next() == Some(b'-') {
        "./"
    } else {
        ""
    };
    if !path.is_empty() && path.bytes().all(is_plain) {
        return format!("{head}{path}");
    }
    let letters = path.chars().map(|letter| match letter {
        '\'' => r"'\''".to_owned(),
        _ => letter.to_string(),
    });
    format!("'{head}{}'", letters.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[test]
    fn a_shell_reads_the_path_back() {
        for path in [
            "a/0001_x.up.sql",
            "-a/b",
            "it's a/b",
            "$HOME/`a`",
            "a\nb",
            "größe",
            "",
        ] {
            let program = format!("printf %s {}", shell_word(path));
            let output = std::process::Command::new("/bin/sh")
                .args(["-c", &program])
                .output();
            let read = String::from_utf8(output.expect("a shell").stdout).expect("UTF-8");
            assert_eq!(read.strip_prefix("./").unwrap_or(&read), path);
        }
    }
}
