//! The functions that are known to be volatile, compared with those of servers.

use pgstrata_tools::cluster::Cluster;
use postgres::NoTls;

use super::{catalog, forecast};
use pgstrata_compiler::locks::RowAccess;

/// What can stand as a default and is volatile, and what cannot be it.
const FUNCTIONS: &str = include_str!("functions.sql");

#[test]
fn each_volatile_function_of_a_server_is_known() {
    let catalog = catalog("CREATE TABLE t (id int);");
    let mut wrong = Vec::new();
    let mut count = 0;
    for version in [13, 15, 18] {
        let cluster = Cluster::start(Some(version)).expect("a throw-away server");
        let mut client = cluster
            .config("postgres")
            .connect(NoTls)
            .expect("a connection");
        for row in client.query(FUNCTIONS, &[]).expect("functions") {
            let (name, is_volatile): (String, bool) = (row.get(0), row.get(1));
            let sql = format!("ALTER TABLE t ADD COLUMN a text DEFAULT {name}()");
            let is_rewritten = forecast(&catalog, &sql).tables[0].work == RowAccess::Rewrite;
            count += 1;
            if is_rewritten != is_volatile {
                wrong.push(format!("{version} {name}: volatile {is_volatile}"));
            }
        }
    }
    assert!(count > 5000, "{count}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
