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

#[test]
fn a_killed_backend() {
    // Nobody else's tests run on it.
    let cluster = Cluster::start(version()).unwrap();
    let list = outside(cluster.server_version().starts_with("13"));
    let whole = Database { url: cluster.create_database("whole").unwrap() };
    let proxy = Proxy::counting(&whole.url);
    Migrator::new(list).up(&mut proxy.config.connect(NoTls).unwrap()).unwrap();
    let (requests, expected) = (proxy.requests(), fingerprint(&whole));
    for (request, moment) in (8..=requests).zip([Moment::During, Moment::After].into_iter().cycle())
    {
        // Each takes a second: every third is enough.
        if request % 3 != 0 {
            continue;
        }
        drop(connect(&whole.url));
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
        // The server may take one more connection before it notices.
        let mut client = connect(&database.url);
        while let Err(error) = Migrator::new(list).up(&mut client) {
            assert!(client.is_closed(), "{place}: {error}\nafter {disturbed:?}");
            client = connect(&database.url);
        }
        assert_eq!(fingerprint(&database), expected, "{place}");
    }
}
