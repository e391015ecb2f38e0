//! Which of the known words a misspelt one was probably meant to be.

/// The known word that was probably meant: at most three letters away, and less than half
/// of it is wrong.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distances = known
        .into_iter()
        .map(|known| (edit_distance(word, known), known));
    let (distance, known) = distances.min()?;
    (distance <= 3 && distance * 2 < known.len()).then_some(known)
}

/// Levenshtein's distance in bytes: how many letters to add, drop or change.
pub fn edit_distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.bytes().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::{edit_distance, nearest};

    #[test]
    fn distances() {
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "abc"), 3);
    }

    #[test]
    fn what_was_probably_meant() {
        let levels = ["deny", "warn", "off"];
        assert_eq!(nearest("of", levels), Some("off"));
        assert_eq!(nearest("warning", ["warning-level", "warn"]), None);
        assert_eq!(
            nearest("on", levels),
            None,
            "half of a short word is another word"
        );
        assert_eq!(nearest("", levels), None);
    }
}
