//! `preflight` refuses a history that a run would refuse, as the role that would run.

use serde_json::Value;

use crate::preflight::{ADD_COLUMN, changing, finding, preflight};
use crate::support::{connect, database, run, shop};

/// What is done to the history; what the finding shows of it; the repairs let preflight and `up` pass.
fn check(change: &str, shows: &str) {
    let (dir, url) = changing(ADD_COLUMN);
    connect(&url).batch_execute(change).expect(change);
    let (code, object) = preflight(dir.path(), &url, &[]);
    assert_eq!(code, 1, "{change}: {object:#}");
    let (message, evidence, _) = finding(&object, "history");
    assert!(message.starts_with("error: "), "{message}");
    assert!(message.contains("cannot be trusted"), "{message}");
    assert!(evidence.to_string().contains(shows), "{evidence:#}");
    run(dir.path(), &["up", "--database-url", &url]).fails(1, &["cannot be trusted"]);
    for found in evidence.as_array().expect("evidence") {
        let repair = found["repair"].as_str().expect("a repair");
        connect(&url).batch_execute(repair).expect(repair);
    }
    let (code, object) = preflight(dir.path(), &url, &[]);
    assert_eq!((code, &object["findings"]), (0, &Value::Array(vec![])));
    run(dir.path(), &["up", "--database-url", &url]).succeeds();
}

#[test]
fn what_a_run_would_not_trust() {
    check(
        "CREATE POLICY p ON pgstrata_history USING (true)",
        "has the policy p",
    );
    check(
        "CREATE RULE r AS ON INSERT TO pgstrata_history_events DO INSTEAD NOTHING",
        "has the rule r",
    );
    // It may be read, and not written.
    check(
        "CREATE ROLE preflight_stranger; GRANT ALL ON SCHEMA public TO preflight_stranger; \
         ALTER TABLE pgstrata_history OWNER TO preflight_stranger",
        "belongs to the role preflight_stranger",
    );
}

/// The tables belong to another role, as after an installation by an administrator.
#[test]
fn an_upgrade_that_this_role_may_not_make() {
    let (dir, url) = (shop(), database());
    let mut owner = connect(&url);
    let name: String = owner
        .query_one("SELECT current_database()::text", &[])
        .expect("a name")
        .get(0);
    let role = format!("upgrader_{name}");
    let layout = include_str!("../database/layouts/layout_3.sql");
    let prepared = format!(
        "{layout}; CREATE ROLE {role} LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC; \
         GRANT SELECT, INSERT, UPDATE, DELETE ON pgstrata_history, pgstrata_history_events TO {role}; \
         CREATE SCHEMA own AUTHORIZATION {role}; ALTER ROLE {role} SET search_path = own"
    );
    owner.batch_execute(&prepared).expect(&prepared);
    let plain = url.replace("postgres@", &format!("{role}@"));
    let up = ["up", "--database-url", &plain];
    run(dir.path(), &up).fails(
        5,
        &[
            "upgrading the history \"public\".\"pgstrata_history\" from layout 3 to 4 failed",
            "42501",
        ],
    );
    let (code, object) = preflight(dir.path(), &plain, &[]);
    assert_eq!(code, 1, "{object:#}");
    let (message, evidence, _) = finding(&object, "history");
    assert!(message.contains("from layout 3 to 4"), "{message}");
    let evidence = evidence.as_array().expect("evidence");
    assert_eq!(evidence.len(), 3, "{evidence:#?}");
    for found in evidence {
        let repair = found["repair"].as_str().expect("a repair");
        owner.batch_execute(repair).expect(repair);
    }
    let (code, object) = preflight(dir.path(), &plain, &[]);
    assert_eq!(code, 0, "{object:#}");
    run(dir.path(), &up).succeeds();
    let leave = format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}");
    owner.batch_execute(&leave).expect(&leave);
}
