//! Each kind of fault at each request of a run.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
use crate::blocking;
use crate::capabilities::Capabilities;
use crate::context::Context;
use crate::error::Result;
use crate::event::Event;
use crate::given;
use crate::step::{Goal, Report};
use crate::watch::Watch;

const FAULTS: [Fault; 9] = [
    Fault::Lost(0),
    Fault::Lost(1),
    Fault::Lost(4),
    Fault::Lost(12),
    Fault::Lost(30),
    Fault::Lost(usize::MAX),
    Fault::Refused("57014"),
    Fault::Refused("55P03"),
    Fault::Refused("40001"),
];

/// How a run is made.
type Way = fn(&mut Context<'_>);

const WAYS: [Way; 3] = [
    |_| {},
    |context| context.wire.is_per_statement = true,
    |context| context.is_single_transaction = true,
];

fn run(server: &mut Scripted, goal: Goal, way: Way) -> Result<Report> {
    let mut context = Context::new(server.list);
    way(&mut context);
    if server.can_reconnect {
        let (working, other) = (
            server.backend(),
            Backend {
                pid: -1,
                ..Backend::default()
            },
        );
        let watch = Watch::new(working.clone(), &other, &working, Capabilities::DIRECT);
        context.wire.watch = Some(watch?);
    }
    blocking::run(context.run(server, goal, None))
}

/// A database where the goal has something to do, and what is applied once it is reached.
fn before(versions: &str, goal: Goal) -> (Scripted, Vec<u64>) {
    let mut server = Scripted::new(given::list(versions));
    let all: Vec<u64> = versions.split(' ').map(number).collect();
    if goal == Goal::All {
        return (server, all);
    }
    run(&mut server, Goal::All, WAYS[0]).unwrap();
    assert_eq!(server.applied(), all);
    (server, Vec::new())
}

/// Calls it for each way of a run, each goal, each request of that run and each fault there.
fn at_each_request(
    can_reconnect: bool,
    check: impl Fn(&mut Scripted, Goal, Way, &[u64], &str),
) -> usize {
    let mut drives = 0;
    for versions in ["1 2", "1 2 3 4 5", "1 2n 3"] {
        for goal in [Goal::All, Goal::DownTo(0)] {
            for (number, way) in WAYS.into_iter().enumerate() {
                if versions.contains('n') && number == 2 {
                    // It cannot be in one transaction with others.
                    continue;
                }
                let (mut server, reached) = before(versions, goal);
                server.can_reconnect = can_reconnect;
                let begin = server.requests;
                run(&mut server, goal, way).unwrap();
                assert_eq!(server.applied(), reached);
                assert_eq!(server.leftovers(), [""; 0]);
                let requests = server.requests - begin;
                assert!(requests > 4, "{requests}");
                for at in 0..requests {
                    for fault in FAULTS {
                        let (mut server, _) = before(versions, goal);
                        server.can_reconnect = can_reconnect;
                        server.fault = Some((server.requests + at, fault));
                        let case =
                            format!("{versions}, {goal:?}, way {number}, request {at}, {fault:?}");
                        check(&mut server, goal, way, &reached, &case);
                        drives += 1;
                    }
                }
            }
        }
    }
    drives
}

/// What is not done is done by the next program, and nothing twice; of the session nothing is kept.
#[test]
fn a_fault_at_any_request_is_made_good_by_the_next_program() {
    let drives = at_each_request(false, |server, goal, way, reached, case| {
        let ran = run(server, goal, way);
        // Consistent with each other, whatever became of it.
        let applied = server.applied();
        assert!(
            server.is_lost || server.leftovers().is_empty(),
            "{case}: {:?}",
            server.leftovers()
        );
        match ran {
            Ok(_) => assert_eq!(applied, reached, "{case}"),
            Err(error) => {
                let is_unknown = error.is_outcome_unknown();
                assert!(!is_unknown || server.is_lost, "{case}: {error}");
            }
        }
        server.next_program();
        run(server, goal, way).unwrap_or_else(|error| panic!("{case}: {error}"));
        assert_eq!(server.applied(), reached, "{case}");
        assert_eq!(server.leftovers(), [""; 0], "{case}");
    });
    assert!(drives > 500, "{drives}");
}

/// A run with a connection of its own goes on by itself.
#[test]
fn a_lost_connection_at_any_request_is_made_again() {
    let drives = at_each_request(true, |server, goal, way, reached, case| {
        let is_lost = matches!(server.fault, Some((_, Fault::Lost(_))));
        match run(server, goal, way) {
            Ok(_) => assert_eq!(server.applied(), reached, "{case}"),
            Err(error) => assert!(!is_lost, "{case}: {error}"),
        }
        assert_eq!(server.leftovers(), [""; 0], "{case}");
    });
    assert!(drives > 500, "{drives}");
}

/// What a run has taken is given back by what it owes, wherever it ends.
#[test]
fn a_panic_at_any_event_leaves_nothing() {
    for at in 0.. {
        let (mut server, _) = before("1 2 3 4 5", Goal::All);
        let mut left = at;
        let mut observer = |_: &Event<'_>| {
            assert!(left > 0, "on purpose");
            left -= 1;
        };
        let ran = catch_unwind(AssertUnwindSafe(|| {
            let mut context = Context::new(server.list);
            context.wire.observer = Some(&mut observer);
            blocking::run(context.run(&mut server, Goal::All, None)).map(drop)
        }));
        if ran.is_ok() {
            assert!(at > 10, "{at} events");
            return;
        }
        for message in take(&mut server.owed) {
            let _ = server.receive(&message);
        }
        assert_eq!(server.leftovers(), [""; 0], "event {at}");
        run(&mut server, Goal::All, WAYS[0]).unwrap();
        assert_eq!(server.applied(), [1, 2, 3, 4, 5]);
    }
}
