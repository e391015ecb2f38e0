//! Both releases, one after the other, where nothing goes wrong.

use crate::release::{
    LAYOUT_3, LAYOUT_4, PAIRS, Release, assert_digests, database, indexes, layout, not_once, ran,
    ran_now,
};
use Release::{Old, Today};

const ALL_UP: &str = "up 1, up 2.1, up 2.3, up 3, up 4, up 5, repeatable";
const UP: [&str; 5] = ["up 1", "up 2.1, up 2.3", "up 3", "up 4", "up 5, repeatable"];
const DOWN: [&str; 5] = ["down 1", "down 2.1, down 2.3", "down 3", "down 4", "down 5"];

/// Where everything stands then.
const APPLIED: &str = "0001_create_account Applied\n0002_index_name Applied\n0003_count Applied\n\
                       0004_add_address Applied\n0005_drop_spare Applied\naccounts Applied";

#[test]
fn a_start_over_the_history_of_the_other_does_nothing() {
    for (maker, other) in PAIRS {
        let database = database();
        maker.run(&database, "up allow-contract").unwrap();
        let made = layout(&database);
        assert_eq!(made, if maker == Old { LAYOUT_3 } else { LAYOUT_4 });
        for command in ["up", "validate", "up allow-contract"] {
            assert_eq!(
                other.run(&database, command),
                Ok(String::new()),
                "{command}"
            );
        }
        assert_eq!(other.run(&database, "status"), Ok(APPLIED.to_owned()));
        assert_eq!(layout(&database), made, "nothing was written");
        assert_eq!(ran(&database), ALL_UP);
        // The same text has the same checksums.
        let first = other.run_list("first", &database, "up").unwrap();
        assert_eq!(first, "", "an older version of the service starts");
    }
}

/// A migration each, in turn, up and down again.
#[test]
fn each_applies_and_rolls_back_what_the_other_has_left() {
    for begins in [Old, Today] {
        let database = database();
        let mut program = begins;
        for (index, expected) in UP.iter().enumerate() {
            let version = index + 1;
            let command = format!("up-to {version} allow-contract");
            program.run(&database, &command).unwrap();
            assert_eq!(ran_now(&database), *expected, "{program:?} {command}");
            // And all that is there is as the other one has it.
            program = program.other();
            assert_eq!(program.run(&database, "validate"), Ok(String::new()));
        }
        assert_eq!(not_once(&database), "0");
        assert_eq!(indexes(&database), "account_name true");
        assert_eq!(program.run(&database, "status"), Ok(APPLIED.to_owned()));
        for expected in DOWN.iter().rev() {
            program.run(&database, "down 1").unwrap();
            assert_eq!(ran_now(&database), *expected, "{program:?} down");
            program = program.other();
        }
        assert_eq!(layout(&database), LAYOUT_4);
        assert_digests(&database);
        let left = database.ask("SELECT count(*) FROM pgstrata_history WHERE version IS NOT NULL");
        assert_eq!(left, "0");
    }
}

#[test]
fn each_does_again_and_repairs_what_the_other_has_applied() {
    for (maker, other) in PAIRS {
        let database = database();
        maker.run(&database, "up allow-contract").unwrap();
        ran_now(&database);
        other.run(&database, "redo 4 allow-contract").unwrap();
        let expected = [
            "down 5, down 4, down 3, down 2.1, down 2.3",
            "up 2.1, up 2.3, up 3, up 4, up 5",
        ];
        assert_eq!(
            ran_now(&database),
            expected.join(", "),
            "{maker:?} {other:?}"
        );
        assert_eq!(not_once(&database), "0");
        // A file that has changed is refused by name, until it is accepted.
        let change = "UPDATE pgstrata_history SET up_checksum = '\\x00' WHERE version = 4";
        database.connect().batch_execute(change).unwrap();
        for program in [maker, other] {
            let refusal = program.run(&database, "up").unwrap_err();
            assert!(refusal.contains("0004_add_address"), "{refusal}");
        }
        other.run(&database, "repair 4").unwrap();
        for program in [maker, other] {
            assert_eq!(program.run(&database, "up"), Ok(String::new()));
        }
        // Including what one has recorded without running it.
        maker.run(&database, "down-to 0").unwrap();
        database
            .connect()
            .batch_execute("CREATE TABLE account (id bigint)")
            .unwrap();
        maker.run(&database, "baseline 1").unwrap();
        assert_eq!(other.run(&database, "up-to 1"), Ok(String::new()));
    }
}

#[test]
fn a_history_of_layout_3_comes_to_layout_4_with_the_first_write_of_today() {
    let database = database();
    Old.run(&database, "up-to 1").unwrap();
    Today.run(&database, "up-to 1").unwrap();
    assert_eq!(layout(&database), LAYOUT_3);
    Today.run(&database, "up-to 2").unwrap();
    assert_eq!(layout(&database), LAYOUT_4);
    Old.run(&database, "up-to 3").unwrap();
    assert_eq!(layout(&database), LAYOUT_4);
    assert_digests(&database);
}
