//! How many messages a run sends.

use pgstrata::{Migrations, Migrator};
use postgres::NoTls;

use crate::proxy::Proxy;
use crate::support::{fresh_database, migrations, source};

fn list(count: usize) -> &'static Migrations<'static> {
    const LABELS: [&str; 12] = [
        "0001_t", "0002_t", "0003_t", "0004_t", "0005_t", "0006_t", "0007_t", "0008_t", "0009_t",
        "0010_t", "0011_t", "0012_t",
    ];
    migrations(LABELS[..count].iter().map(|label| {
        let table = label.trim_end_matches("_t");
        let up = format!("CREATE TABLE t{table} (n int);\nINSERT INTO t{table} VALUES (1);");
        source(label, &up, &format!("DROP TABLE t{table};"))
    }))
}

fn requests(count: usize) -> usize {
    let database = fresh_database();
    let proxy = Proxy::counting(&database.url);
    Migrator::new(list(count)).up(&mut proxy.config.connect(NoTls).unwrap()).unwrap();
    let first = proxy.requests();
    // And with nothing pending, one.
    let proxy = Proxy::counting(&database.url);
    Migrator::new(list(count)).up(&mut proxy.config.connect(NoTls).unwrap()).unwrap();
    assert_eq!(proxy.requests(), 1);
    first
}

#[test]
fn one_a_migration_and_a_constant() {
    let (two, twelve) = (requests(2), requests(12));
    assert_eq!(twelve - two, 10);
    assert!(two - 2 <= 9, "{two}");
}
