//! `preflight` refuses a history that a run would refuse, as the role that would run.

use serde_json::Value;

use crate::preflight::{ADD_COLUMN, changing, finding, preflight};
use crate::support::{connect, run};

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
