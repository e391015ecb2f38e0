//! A backend that is killed takes the whole server down, which comes up again.

use std::process::Command;
use std::time::{Duration, Instant};

use pgstrata::Migrator;
use pgstrata_tools::cluster::Cluster;
use postgres::{Client, NoTls};

use crate::proxy::{Harm, Moment, Proxy};
use crate::schema::{fingerprint, outside};
use crate::support::{Database, version};

fn connect(url: &str) -> Client {
    let began = Instant::now();
    loop {
        match Client::connect(url, NoTls) {
            Ok(client) => return client,
            Err(error) => assert!(began.elapsed() < Duration::from_secs(30), "{error}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Since when the checkpointer runs: a server that came up again has a new one.
fn running_since(url: &str) -> String {
    loop {
        let query =
            "SELECT backend_start::text FROM pg_stat_activity WHERE backend_type = 'checkpointer'";
        if let Ok(Some(row)) = connect(url).query_opt(query, &[]) {
            return row.get(0);
        }
    }
}

#[test]
fn a_killed_backend() {
    // Nobody else's tests run on it.
    let cluster = Cluster::start(version()).unwrap();
    let list = outside(cluster.server_version().starts_with("13"));
    let whole = Database {
        url: cluster.create_database("whole").unwrap(),
    };
    let proxy = Proxy::counting(&whole.url);
    Migrator::new(list)
        .up(&mut proxy.config.connect(NoTls).unwrap())
        .unwrap();
    let (requests, expected) = (proxy.requests(), fingerprint(&whole));
    for (request, moment) in (8..=requests).zip([Moment::During, Moment::After].into_iter().cycle())
    {
        // Each takes a second: every third is enough.
        if request % 3 != 0 {
            continue;
        }
        let before = running_since(&whole.url);
        let url = cluster.create_database(&format!("kill_{request}")).unwrap();
        let database = Database { url };
        let kill: Harm = Box::new(|pid| {
            let status = Command::new("kill").args(["-9", &pid.to_string()]).status();
            assert!(status.unwrap().success());
        });
        let proxy = Proxy::start(&database.url, request, moment, kill);
        let mut client = proxy.config.connect(NoTls).unwrap();
        let disturbed = Migrator::new(list).up(&mut client);
        let place = format!("{moment:?} request {request} of {requests}");
        // The server may take some more connections before it notices.
        let began = Instant::now();
        while running_since(&whole.url) == before {
            assert!(
                began.elapsed() < Duration::from_secs(30),
                "{place}: the server goes on"
            );
        }
        let again = Migrator::new(list).up(&mut connect(&database.url));
        assert!(again.is_ok(), "{place}: {again:?}\nafter {disturbed:?}");
        assert_eq!(fingerprint(&database), expected, "{place}");
    }
}
