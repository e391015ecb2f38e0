//! What the server does not allow is said clearly.

use std::sync::atomic::{AtomicU32, Ordering};

use pgstrata::Migrator;

use crate::support::{Database, assert_says, fresh_database, three};

/// A role of this test's own, without any privilege.
fn stranger(database: &Database) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let role = format!("stranger_{}_{number}", std::process::id());
    let sql = format!(
        "CREATE ROLE {role}; REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO {role}"
    );
    database.connect().batch_execute(&sql).unwrap();
    role
}

fn drop_role(database: &Database, role: &str) {
    database
        .connect()
        .batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}"))
        .unwrap();
}

#[test]
fn no_privilege_to_create_the_history() {
    let database = fresh_database();
    let role = stranger(&database);
    let mut client = database.connect();
    client.batch_execute(&format!("SET ROLE {role}")).unwrap();
    let error = Migrator::new(three()).up(&mut client).unwrap_err();
    assert_says(
        &error,
        &[
            "creating the history \"public\".\"pgstrata_history\"",
            "42501",
            "GRANT",
        ],
    );
    let error = Migrator::new(three())
        .history("own", "h")
        .up(&mut client)
        .unwrap_err();
    assert_says(
        &error,
        &[
            "creating the history",
            "42501",
            "permission denied for database",
        ],
    );
    drop_role(&database, &role);
}

#[test]
fn no_privilege_to_write_the_history() {
    let database = fresh_database();
    Migrator::new(three())
        .up_to(&mut database.connect(), 1_u64)
        .unwrap();
    let role = stranger(&database);
    let mut client = database.connect();
    client
        .batch_execute(&format!(
            "GRANT SELECT ON pgstrata_history TO {role}; SET ROLE {role}"
        ))
        .unwrap();
    let error = Migrator::new(three()).up(&mut client).unwrap_err();
    assert_says(
        &error,
        &[
            "while claiming it in the history",
            "42501",
            "pgstrata_history",
        ],
    );
    drop_role(&database, &role);
}

#[test]
fn a_read_only_database() {
    let database = fresh_database();
    let mut client = database.connect();
    client
        .batch_execute("SET default_transaction_read_only = on")
        .unwrap();
    let error = Migrator::new(three()).up(&mut client).unwrap_err();
    assert_says(&error, &["creating the history", "25006", "primary"]);
    assert_eq!(
        database.ask("SELECT to_regclass('pgstrata_history')"),
        "NULL"
    );
}

#[test]
fn a_table_that_is_not_ours() {
    let database = fresh_database();
    let mut client = database.connect();
    client
        .batch_execute("CREATE TABLE pgstrata_history (version bigint)")
        .unwrap();
    let error = Migrator::new(three()).up(&mut client).unwrap_err();
    assert!(error.is_refused());
    assert_says(
        &error,
        &["\"public\".\"pgstrata_history\" is not a table of pgstrata's: it lacks the columns"],
    );
}

/// Roles need not have names that SQL reads as one word. Nor may each look into a schema that is called
/// `sys`.
#[test]
fn roles_of_any_name_make_the_history() {
    for name in ["An.App", "my role", "123", "svc@project.iam", "sel\"ect"] {
        let database = fresh_database();
        let role = format!("\"{}\"", name.replace('"', "\"\""));
        let mut client = database.connect();
        let set_up = format!(
            "CREATE SCHEMA sys; CREATE ROLE {role}; GRANT CREATE ON SCHEMA public TO {role}; SET ROLE {role}"
        );
        client.batch_execute(&set_up).unwrap();
        let report = Migrator::new(three()).up(&mut client).unwrap();
        assert_eq!(report.steps.len(), 3, "{name}");
        let again = Migrator::new(three()).down_to(&mut client, 0_u64).unwrap();
        assert_eq!(again.steps.len(), 3, "{name}");
        drop_role(&database, &role);
    }
}
