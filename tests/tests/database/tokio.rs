//! Services on tokio: what works, and an error where the `postgres` crate would panic.

use pgstrata::{Goal, Migrator};
use postgres::NoTls;

use crate::support::{Database, assert_says, fresh_database, three};

/// The recipe: everything that blocks happens on a thread that may.
async fn migrate(url: String) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
    ::tokio::task::spawn_blocking(move || {
        let mut migrator = Migrator::new(three());
        let mut client = migrator
            .connect(&url.parse()?, NoTls)
            .map_err(|error| error.to_string())?;
        let report = migrator
            .up(&mut client)
            .map_err(|error| error.to_string())?;
        Ok(report.steps.len())
    })
    .await?
}

fn runtimes() -> [::tokio::runtime::Runtime; 2] {
    [
        ::tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .build()
            .unwrap(),
        ::tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap(),
    ]
}

#[test]
fn the_recipe_works() {
    for runtime in runtimes() {
        let database = fresh_database();
        assert_eq!(runtime.block_on(migrate(database.url.clone())).unwrap(), 3);
        let url = database.url.clone();
        let task = async { ::tokio::spawn(migrate(url)).await.unwrap().unwrap() };
        assert_eq!(runtime.block_on(task), 0);
        assert_eq!(database.applied(), "1 2 3");
    }
}

fn refused(database: &Database, client: &mut postgres::Client) {
    let mut migrator = Migrator::new(three());
    let config = database.url.parse().unwrap();
    assert_says(
        &migrator.connect(&config, NoTls).map(drop).unwrap_err(),
        &["spawn_blocking"],
    );
    let connected = pgstrata::connect(&database.url).map(drop);
    assert_says(&connected.unwrap_err(), &["async task", "spawn_blocking"]);
    assert_says(
        &migrator.up(client).unwrap_err(),
        &["async task", "spawn_blocking"],
    );
    assert_says(&migrator.down(client, 1).unwrap_err(), &["spawn_blocking"]);
    assert_says(&migrator.status(client).unwrap_err(), &["spawn_blocking"]);
    assert_says(&migrator.validate(client).unwrap_err(), &["spawn_blocking"]);
    assert_says(
        &migrator.plan(client, Goal::All).unwrap_err(),
        &["spawn_blocking"],
    );
}

#[test]
fn inside_a_task_it_is_an_error() {
    for runtime in runtimes() {
        let database = fresh_database();
        let mut client = database.connect();
        // As the future that the runtime was started for, and as a task of its own.
        runtime.block_on(async { refused(&database, &mut client) });
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let local = ::tokio::task::LocalSet::new();
                runtime.block_on(local.run_until(async { refused(&database, &mut client) }));
            });
        });
        // The caller's task goes on, and the same connection works outside.
        runtime.block_on(::tokio::task::yield_now());
        Migrator::new(three()).up(&mut client).unwrap();
    }
}
