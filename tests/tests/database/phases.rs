//! On a database in use, a contract step waits for a later release than its expand step's.

use std::thread;
use std::time::Duration;

use pgstrata::embedded::{Contract, Phase, Requirement};
use pgstrata::{Event, Goal, Migrations, Migrator, Report, State, StoredDown};

use crate::support::{
    Database, Source, assert_says, fresh_database, migrations, source, up, with_repeatables,
};

/// What each release adds: L0 a table, L1 the expand step, L2 the contract step, L3 one more.
fn sources(requires: &[u64]) -> Vec<Source> {
    let contract = source(
        "0003_c",
        "ALTER TABLE a DROP old;",
        "ALTER TABLE a ADD old int;",
    )
    .phase(Phase::Contract);
    vec![
        source("0001_a", "CREATE TABLE a (old int);", "DROP TABLE a;"),
        source(
            "0002_b",
            "ALTER TABLE a ADD new int;",
            "ALTER TABLE a DROP new;",
        )
        .phase(Phase::Expand),
        requires.iter().fold(contract, |contract, version| {
            contract.requires(Requirement::Version(*version))
        }),
        source("0004_d", "CREATE TABLE d (id int);", "DROP TABLE d;"),
    ]
}

/// The list of release `number`.
fn release(number: usize) -> &'static Migrations<'static> {
    migrations(sources(&[2]).into_iter().take(number + 1))
}

/// A database that ran these releases, one after the other.
fn database(releases: &[usize]) -> Database {
    let database = fresh_database();
    for number in releases {
        up(&database, release(*number)).unwrap();
    }
    database
}

fn held(report: &Report) -> Vec<&str> {
    let steps = report.held_back.iter().flat_map(|held| &held.steps);
    steps.map(|step| &*step.label).collect()
}

/// Three programs that start together, and are restarted together.
fn three_replicas(database: &Database, list: &'static Migrations<'static>) -> Vec<Report> {
    thread::scope(|scope| {
        let replica = || {
            let mut client = database.connect();
            (0..3)
                .map(|_| Migrator::new(list).up(&mut client).unwrap())
                .collect::<Vec<_>>()
        };
        let replicas = [(); 3].map(|()| scope.spawn(replica));
        let reports = replicas.map(|replica| replica.join().unwrap());
        reports.into_iter().flatten().collect()
    })
}

#[test]
fn the_run_stops_before_it_and_says_so() {
    let (database, list) = (database(&[0]), release(3));
    let report = up(&database, list).unwrap();
    assert_eq!(database.applied(), "1 2");
    assert_eq!(held(&report), ["0003_c", "0004_d"]);
    assert_eq!(report.held_back.as_ref().unwrap().expand, "0002_b");
    assert_says(
        &report,
        &["held: 0003_c, 0004_d", "0002_b expands in this run"],
    );
}

#[test]
fn however_often_the_same_list_runs() {
    let (database, list) = (database(&[0]), release(3));
    for restart in 0..3 {
        let mut told = Vec::new();
        let mut observer = |event: &Event<'_>| {
            if let Event::Held { held } = event {
                told.push(held.steps.len());
            }
        };
        let mut migrator = Migrator::new(list).observe(&mut observer);
        let report = migrator.up(&mut database.connect()).unwrap();
        assert_eq!(
            held(&report),
            ["0003_c", "0004_d"],
            "after {restart} restarts"
        );
        if restart > 0 {
            assert!(report.is_empty());
            assert_says(&report, &["nothing to do\nheld: ", "same list"]);
        }
        assert_eq!(told, [2]);
        assert_eq!(database.applied(), "1 2");
    }
}

#[test]
fn three_replicas_never_contract_what_they_expand() {
    let database = database(&[0]);
    for report in three_replicas(&database, release(3)) {
        assert_eq!(held(&report), ["0003_c", "0004_d"]);
    }
    assert_eq!(database.applied(), "1 2");
}

#[test]
fn three_replicas_of_the_next_release_contract_once() {
    let database = database(&[0]);
    three_replicas(&database, release(1));
    assert_eq!(database.applied(), "1 2");
    let reports = three_replicas(&database, release(2));
    assert!(reports.iter().all(|report| report.held_back.is_none()));
    let steps = reports.iter().map(|report| report.steps.len());
    assert_eq!((steps.sum::<usize>(), &*database.applied()), (1, "1 2 3"));
}

#[test]
fn another_list_contracts_what_an_earlier_one_has_expanded() {
    // Also if the program, and not the database, was rolled back in between, or a release was left out.
    for (before, list) in [(&[0, 1][..], 2), (&[0, 1, 0], 2), (&[0, 1], 3)] {
        let database = database(before);
        assert_eq!(held(&up(&database, release(list)).unwrap()), [""; 0]);
    }
}

#[test]
fn a_database_that_was_rolled_back_expands_with_the_list_that_contracts() {
    let database = database(&[0, 1]);
    // The older program has no file of what it rolls back.
    Migrator::new(release(0))
        .stored_down(StoredDown::Trust)
        .down_to(&mut database.connect(), 1_u64)
        .unwrap();
    for _ in 0..2 {
        assert_eq!(held(&up(&database, release(2)).unwrap()), ["0003_c"]);
    }
    assert_eq!(database.applied(), "1 2");
}

#[test]
fn a_hotfix_is_another_list() {
    let database = database(&[0, 2]);
    assert_eq!(database.applied(), "1 2");
    assert_eq!(held(&up(&database, release(3)).unwrap()), [""; 0]);
    assert_eq!(database.applied(), "1 2 3 4");
}

#[test]
fn an_expand_step_that_is_applied_again_counts_from_then() {
    let (database, list) = (database(&[0, 1, 2]), release(2));
    let mut client = database.connect();
    assert_eq!(database.applied(), "1 2 3");
    Migrator::new(list).down(&mut client, 2).unwrap();
    for _ in 0..2 {
        assert_eq!(held(&up(&database, list).unwrap()), ["0003_c"]);
    }
    // What was rolled back alone is held, too, as long as this list has applied its expand step.
    Migrator::new(list)
        .allow_contract()
        .up(&mut client)
        .unwrap();
    Migrator::new(list).down(&mut client, 1).unwrap();
    assert_eq!(held(&up(&database, list).unwrap()), ["0003_c"]);
    assert_eq!(held(&up(&database, release(3)).unwrap()), [""; 0]);
}

#[test]
fn a_baseline_counts_for_the_list_that_made_it() {
    for (baseline, is_held) in [(1, false), (2, true)] {
        let database = fresh_database();
        let mut client = database.connect();
        client
            .batch_execute("CREATE TABLE a (old int, new int)")
            .unwrap();
        Migrator::new(release(baseline))
            .run(&mut client, Goal::Baseline(2), Some("imported"))
            .unwrap();
        let report = up(&database, release(2)).unwrap();
        assert_eq!(held(&report) == ["0003_c"], is_held);
        assert_eq!(database.applied(), if is_held { "1 2" } else { "1 2 3" });
    }
}

#[test]
fn a_new_database_a_policy_and_a_name_take_it_at_once() {
    let list = release(3);
    up(&fresh_database(), list).unwrap();
    let in_use = || database(&[0]);
    let (policy, name) = (in_use(), in_use());
    Migrator::new(list)
        .allow_contract()
        .up(&mut policy.connect())
        .unwrap();
    assert_eq!(policy.applied(), "1 2 3 4");
    up(&name, list).unwrap();
    Migrator::new(list)
        .run(&mut name.connect(), Goal::Only(3), None)
        .unwrap();
    assert_eq!(name.applied(), "1 2 3");
    // What comes after it has nothing to wait for now.
    up(&name, list).unwrap();
    assert_eq!(name.applied(), "1 2 3 4");
    Migrator::new(list)
        .run(&mut name.connect(), Goal::Redo(3), None)
        .unwrap();
    assert_eq!(name.applied(), "1 2 3 4");
}

#[test]
fn the_settings_take_it_at_once_or_make_it_older() {
    let with = |contract| {
        let mut list = *release(3);
        list.contract = contract;
        let list: &Migrations<'_> = Box::leak(Box::new(list));
        list
    };
    let in_use = database(&[0]);
    up(&in_use, with(Contract::WithExpand)).unwrap();
    assert_eq!(in_use.applied(), "1 2 3 4");

    let day = Duration::from_secs(24 * 3600);
    let later = with(Contract::NextRelease { after: day });
    let in_use = database(&[0, 1]);
    let report = up(&in_use, later).unwrap();
    assert_eq!(held(&report), ["0003_c", "0004_d"]);
    assert_says(&report, &["has to wait for another 24h 0m"]);
    in_use
        .connect()
        .batch_execute("UPDATE pgstrata_history_events SET at = at - interval '25 hours'")
        .unwrap();
    assert_eq!(held(&up(&in_use, later).unwrap()), [""; 0]);
}

#[test]
fn what_it_requires_is_its_expand_step() {
    // One that another list has applied, and one that this list applies.
    for (requires, held_steps) in [(&[1][..], 0), (&[1, 2], 1), (&[], 1)] {
        let database = database(&[0]);
        let list = migrations(sources(requires).into_iter().take(3));
        let report = up(&database, list).unwrap();
        assert_eq!(held(&report).len(), held_steps, "{requires:?}");
    }
}

#[test]
fn an_event_without_a_list_counts_as_another_one() {
    let database = database(&[0, 1]);
    let mut client = database.connect();
    let list = release(1);
    assert_eq!(
        database.ask("SELECT count(DISTINCT list_digest) FROM pgstrata_history_events"),
        "2"
    );
    Migrator::new(list).down(&mut client, 1).unwrap();
    up(&database, release(2)).unwrap();
    assert_eq!(database.applied(), "1 2");
    client
        .batch_execute("UPDATE pgstrata_history_events SET list_digest = NULL")
        .unwrap();
    up(&database, release(2)).unwrap();
    assert_eq!(database.applied(), "1 2 3");
}

#[test]
fn a_contract_step_that_has_begun_goes_on() {
    let contract = source(
        "0003_c",
        "DROP INDEX CONCURRENTLY old_a;\nSELECT 1 / count(*) FROM b;",
        "SELECT 1;",
    );
    let list = migrations([
        source(
            "0001_a",
            "CREATE TABLE a (old int); CREATE INDEX old_a ON a (old); CREATE TABLE b (n int);",
            "DROP TABLE a, b;",
        ),
        source("0002_b", "ALTER TABLE a ADD new int;", "SELECT 1;").phase(Phase::Expand),
        contract.phase(Phase::Contract).no_transaction(),
    ]);
    let database = fresh_database();
    let mut client = database.connect();
    Migrator::new(list).up_to(&mut client, 2_u64).unwrap();
    let run = |allows| {
        let migrator = Migrator::new(list);
        let mut migrator = if allows {
            migrator.allow_contract()
        } else {
            migrator
        };
        migrator.up(&mut database.connect())
    };
    assert_eq!(held(&run(false).unwrap()), ["0003_c"]);
    run(true).unwrap_err();
    client.batch_execute("INSERT INTO b VALUES (1)").unwrap();
    assert_eq!(held(&run(false).unwrap()), [""; 0]);
    assert_eq!(database.applied(), "1 2 3");
}

#[test]
fn status_and_plan_have_a_word_for_it() {
    use State::{Applied, Held, Pending};
    let list = with_repeatables(
        release(3),
        &[("r", "CREATE OR REPLACE VIEW r AS SELECT 1 AS n;")],
    );
    let database = database(&[0]);
    let mut client = database.connect();
    let states = |client: &mut _| -> Vec<State> {
        let all = Migrator::new(list).status(client).unwrap();
        all.iter().map(|status| status.state).collect()
    };
    assert_eq!(states(&mut client), [Applied, Pending, Held, Held, Held]);
    let plan = Migrator::new(list).plan(&mut client, Goal::All).unwrap();
    assert_says(&plan, &["apply 0002_b", "held: 0003_c, 0004_d, r"]);
    up(&database, list).unwrap();
    assert_eq!(states(&mut client), [Applied, Applied, Held, Held, Held]);
    assert_eq!(Held.to_string(), "held");
    Migrator::new(list).validate(&mut client).unwrap();
}

/// Who may only look at the history sees that the step is not applied; a table that is gone is not
/// an empty history.
#[test]
fn events_that_cannot_be_read_hide_nothing_else() {
    let (database, list) = (database(&[0]), release(2));
    up(&database, list).unwrap();
    let mut client = database.connect();
    client
        .batch_execute(
            "DROP ROLE IF EXISTS contract_reader; CREATE ROLE contract_reader; \
             GRANT SELECT ON pgstrata_history TO contract_reader; SET ROLE contract_reader",
        )
        .unwrap();
    let states = |client: &mut _| -> Vec<State> {
        let all = Migrator::new(list).status(client).unwrap();
        all.iter().map(|status| status.state).collect()
    };
    let unknown = [State::Applied, State::Applied, State::Pending];
    assert_eq!(states(&mut client), unknown);
    client
        .batch_execute("RESET ROLE; DROP TABLE pgstrata_history_events")
        .unwrap();
    let error = Migrator::new(list).status(&mut client).unwrap_err();
    assert_says(&error, &["pgstrata_history_events\" is missing"]);
    up(&database, list).unwrap_err();
    assert_eq!(database.applied(), "1 2");
    client
        .batch_execute("DROP OWNED BY contract_reader; DROP ROLE contract_reader")
        .unwrap();
}

/// What is accepted of a down file does not make it another release.
#[test]
fn a_repaired_expand_step_is_still_this_lists() {
    let database = database(&[0]);
    let with_better_way_back = |number: usize| {
        let mut all = sources(&[2]);
        let down = "ALTER TABLE a DROP COLUMN new;";
        all[1] = source("0002_b", "ALTER TABLE a ADD new int;", down).phase(Phase::Expand);
        migrations(all.into_iter().take(number + 1))
    };
    assert_eq!(held(&up(&database, release(2)).unwrap()), ["0003_c"]);
    let list = with_better_way_back(2);
    let reason = Some("a better way back");
    let mut client = database.connect();
    Migrator::new(list)
        .run(&mut client, Goal::Repair(2), reason)
        .unwrap();
    assert_eq!(held(&up(&database, list).unwrap()), ["0003_c"]);
    let next = up(&database, with_better_way_back(3)).unwrap();
    assert_eq!(held(&next), Vec::<&str>::new());
}
