//! The end of a word that was counted.

/// `s`, but not behind one.
pub(crate) fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
