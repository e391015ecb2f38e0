//! Programs of both releases that start at the same moment.

use std::sync::Barrier;
use std::thread;

use crate::release::{LAYOUT_4, Release, assert_digests, database, indexes, layout, not_once, ran};
use Release::{Old, Today};

#[test]
fn of_eight_programs_one_applies_each_migration() {
    // On an empty database, and on one of the old program's that today's has to upgrade.
    for before in [None, Some("up-to 1")] {
        let database = database();
        crate::build::old_program();
        if let Some(command) = before {
            Old.run(&database, command).unwrap();
        }
        let barrier = Barrier::new(8);
        thread::scope(|scope| {
            for number in 0..8 {
                let (database, barrier) = (&database, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    let program = if number % 2 == 0 { Old } else { Today };
                    program.run(database, "up-to 4").unwrap()
                });
            }
        });
        assert_eq!(ran(&database), "up 1, up 2.1, up 2.3, up 3, up 4");
        assert_eq!(not_once(&database), "0");
        assert_eq!(indexes(&database), "account_name true");
        Today.run(&database, "redo 1").unwrap();
        assert_eq!(layout(&database), LAYOUT_4);
        assert_digests(&database);
    }
}
