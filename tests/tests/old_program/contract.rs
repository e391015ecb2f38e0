//! A contract step over both releases: this one holds it by what the events say, and the events
//! of the old one say nothing.

use crate::release::{Release, assert_digests, database, ran_now};
use Release::{Old, Today};

#[test]
fn an_expand_step_of_the_old_program_counts_as_another_lists() {
    let database = database();
    Old.run(&database, "up-to 4").unwrap();
    ran_now(&database);
    let done = Today.run(&database, "up").unwrap();
    assert_eq!(done, "Apply 0005_drop_spare\nRepeat accounts");
    assert_eq!(ran_now(&database), "up 5, repeatable");
    assert_digests(&database);
}

#[test]
fn todays_program_holds_what_the_old_one_applies() {
    let database = database();
    Today.run(&database, "up-to 4").unwrap();
    ran_now(&database);
    for _ in 0..2 {
        assert_eq!(Today.run(&database, "up"), Ok(String::new()));
        let status = Today.run(&database, "status").unwrap();
        assert!(status.contains("0005_drop_spare Held"), "{status}");
    }
    assert_eq!(ran_now(&database), "");
    // The old one does not know of digests: it holds a contract step only in the run of its expand step.
    Old.run(&database, "up").unwrap();
    assert_eq!(ran_now(&database), "up 5, repeatable");
    assert_eq!(Today.run(&database, "up"), Ok(String::new()));
}

/// Taken back and applied by the other, the expand step is the other's.
#[test]
fn whoever_applied_the_expand_step_last_decides() {
    for (before, last) in [(Today, Old), (Old, Today)] {
        let database = database();
        before.run(&database, "up-to 4").unwrap();
        last.run(&database, "redo 1").unwrap();
        ran_now(&database);
        Today.run(&database, "up").unwrap();
        let expected = if last == Old { "up 5, repeatable" } else { "" };
        assert_eq!(ran_now(&database), expected, "{last:?}");
    }
}
