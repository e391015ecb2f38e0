//! Files of one directory get other names: all of them or none.

use std::path::Path;

use crate::failure::Failure;

/// What was renamed, as it was and as it is.
pub(crate) struct AtomicRename<'a> {
    dir: &'a Path,
    done: Vec<(String, String)>,
}

impl<'a> AtomicRename<'a> {
    /// `AtomicRename` `wanted`, each from the first name to the second. Nothing is overwritten,
    /// and when one fails all are taken back.
    pub(crate) fn perform(dir: &'a Path, wanted: Vec<(String, String)>) -> Result<Self, Failure> {
        let mut renames = Self {
            dir,
            done: Vec::new(),
        };
        if let Some((_, taken)) = wanted.iter().find(|(_, to)| {
            let leaves = wanted.iter().any(|(from, _)| from == to);
            !leaves && dir.join(to).symlink_metadata().is_ok()
        }) {
            return Err(Failure::check(format!(
                "{} is in the way; nothing was changed",
                dir.join(taken).display()
            )));
        }
        let mut waiting = wanted;
        while !waiting.is_empty() {
            // Of names that are all moved the same way, one always leads into the open.
            let is_free = |to: &String| waiting.iter().all(|(from, _)| from != to);
            let Some(next) = waiting.iter().position(|(_, to)| is_free(to)) else {
                return Err(renames.undo(Failure::check("files would have to swap their names")));
            };
            let (from, to) = waiting.swap_remove(next);
            if let Err(error) = std::fs::rename(dir.join(&from), dir.join(&to)) {
                return Err(renames.undo(Failure::file("rename", &dir.join(&from), &error)));
            }
            renames.done.push((from, to));
        }
        Ok(renames)
    }

    /// Gives every file its old name because of `failure`, to which it adds what cannot
    /// be taken back.
    pub(crate) fn undo(self, failure: Failure) -> Failure {
        self.done.iter().rev().fold(failure, |failure, (from, to)| {
            match std::fs::rename(self.dir.join(to), self.dir.join(from)) {
                Ok(()) => failure,
                Err(error) => failure.and(format!("{to} could not be named {from} again: {error}")),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::AtomicRename;

    fn check(wanted: &[(&str, &str)], expected: Result<&[&str], &str>) {
        let dir = tempfile::tempdir().unwrap();
        for name in ["1", "2", "3"] {
            std::fs::write(dir.path().join(name), name).unwrap();
        }
        let wanted: Vec<_> = wanted
            .iter()
            .map(|(from, to)| ((*from).to_owned(), (*to).to_owned()))
            .collect();
        let failure = AtomicRename::perform(dir.path(), wanted)
            .err()
            .map(|failure| format!("{failure:?}"));
        let mut found: Vec<String> = std::fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                format!("{name}={}", std::fs::read_to_string(&path).unwrap())
            })
            .collect();
        found.sort();
        match expected {
            Ok(expected) => assert_eq!((found, failure), (to_owned(expected), None)),
            Err(part) => {
                assert_eq!(found, ["1=1", "2=2", "3=3"]);
                assert!(
                    failure.as_deref().unwrap_or_default().contains(part),
                    "{failure:?}"
                );
            }
        }
    }

    fn to_owned(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn names_move_up_and_down() {
        check(
            &[("1", "2"), ("2", "3"), ("3", "4")],
            Ok(&["2=1", "3=2", "4=3"]),
        );
        check(&[("2", "0"), ("3", "2")], Ok(&["0=2", "1=1", "2=3"]));
        check(&[], Ok(&["1=1", "2=2", "3=3"]));
    }

    #[test]
    fn all_or_nothing() {
        check(&[("1", "0"), ("2", "3")], Err("3 is in the way"));
        check(
            &[("1", "4"), ("2", "5"), ("gone", "6")],
            Err("cannot rename"),
        );
        check(&[("1", "4"), ("2", "3"), ("3", "2")], Err("swap"));
    }
}
