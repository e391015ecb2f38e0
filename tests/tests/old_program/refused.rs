//! What one release refuses of the other, and by which name.

use pgstrata::{Goal, Migrator, Report, StoredDown};

use crate::first;
use crate::release::{LAYOUT_4, Release, database, layout, ran_now};
use Release::{Old, Today};

/// Its older version has no script to compare the stored one with.
/// The name of a role of this run alone: roles are the server's, which other runs may share.
fn role(name: &str) -> String {
    format!("{name}_{}", std::process::id())
}

#[test]
fn a_way_back_that_the_old_program_stored_needs_consent() {
    let database = database();
    Old.run(&database, "up-to 2").unwrap();
    ran_now(&database);
    let refusal = Today.run_list("first", &database, "down 1").unwrap_err();
    for word in ["0002_index_name", "SHA-256", "DROP INDEX CONCURRENTLY"] {
        assert!(refusal.contains(word), "{word}: {refusal}");
    }
    assert_eq!(ran_now(&database), "");
    let client = &mut database.connect();
    let plan = Migrator::new(&first::MIGRATIONS).plan(client, Goal::Down(1));
    let digests = plan.unwrap().steps.into_iter();
    let digests = digests.filter_map(|step| step.stored_sha256).collect();
    Migrator::new(&first::MIGRATIONS)
        .stored_down(StoredDown::Accept(digests))
        .down(client, 1)
        .unwrap();
    assert_eq!(ran_now(&database), "down 2.1, down 2.3");
}

/// The old program asks nobody.
#[test]
fn the_old_program_rolls_back_by_what_todays_has_stored() {
    let database = database();
    Today.run(&database, "up-to 3").unwrap();
    ran_now(&database);
    Old.run_list("first", &database, "down 2").unwrap();
    assert_eq!(ran_now(&database), "down 3, down 2.1, down 2.3");
    assert_eq!(Today.run(&database, "validate"), Ok(String::new()));
}

/// The statement of the refusal is what a person runs.
#[test]
fn a_history_that_somebody_has_extended_is_refused_by_name() {
    let stranger = role("stranger");
    for (add, name) in [
        ("CREATE INDEX extra ON pgstrata_history (label)", "extra"),
        (
            "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
             CREATE TRIGGER noted BEFORE INSERT ON pgstrata_history \
             FOR EACH ROW EXECUTE FUNCTION note()",
            "noted",
        ),
        (
            "CREATE TABLE child () INHERITS (pgstrata_history_events)",
            "child",
        ),
        ("ALTER TABLE pgstrata_history ADD note text", "note"),
        (
            "CREATE ROLE {stranger}; ALTER TABLE pgstrata_history OWNER TO {stranger}",
            "belongs to the role {stranger}, which is not trusted",
        ),
        (
            "CREATE POLICY mine ON pgstrata_history USING (true)",
            "mine",
        ),
    ] {
        let database = database();
        Old.run(&database, "up-to 1").unwrap();
        let [add, name] = [add, name].map(|text| text.replace("{stranger}", &stranger));
        database.connect().batch_execute(&add).unwrap();
        Old.run(&database, "up-to 2").unwrap();
        ran_now(&database);
        let refusal = Today.run(&database, "up-to 3").unwrap_err();
        assert!(refusal.contains(&name), "{refusal}");
        assert_eq!(ran_now(&database), "");
        let mut lines = refusal.lines().map(str::trim);
        let repair = lines.find(|line| line.starts_with("DROP ") || line.starts_with("ALTER "));
        let repair = repair.unwrap_or_else(|| panic!("no statement repairs it: {refusal}"));
        database.connect().batch_execute(repair).unwrap();
        Today.run(&database, "up-to 3").unwrap();
        assert_eq!(ran_now(&database), "up 3");
        assert_eq!(layout(&database), LAYOUT_4);
    }
    database()
        .connect()
        .batch_execute(&format!("DROP ROLE {stranger}"))
        .unwrap();
}

/// The old program saw an empty history, and would have begun at the first version.
#[test]
fn rows_that_are_hidden_are_refused() {
    let database = database();
    Old.run(&database, "up-to 1").unwrap();
    let role = role("hidden");
    let mut client = database.connect();
    client
        .batch_execute(&format!(
            "CREATE ROLE {role}; GRANT ALL ON SCHEMA public TO {role}; \
             GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}; \
             ALTER TABLE pgstrata_history ENABLE ROW LEVEL SECURITY; SET ROLE {role}"
        ))
        .unwrap();
    ran_now(&database);
    let mut migrator = Migrator::new(&first::MIGRATIONS);
    for refused in [
        migrator.up(&mut client),
        migrator.down(&mut client, 1),
        migrator.validate(&mut client).map(|()| Report::default()),
    ] {
        let refusal = refused.unwrap_err().to_string();
        for words in ["row security hides rows", "DISABLE ROW LEVEL SECURITY;"] {
            assert!(refusal.contains(words), "{refusal}");
        }
    }
    assert_eq!(ran_now(&database), "");
    assert_eq!(database.applied(), "1");
    let end = format!("RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}");
    client.batch_execute(&end).unwrap();
}

/// Who may write to the tables, and no more, cannot upgrade them.
#[test]
fn who_does_not_own_the_history_is_told_so() {
    let database = database();
    Old.run(&database, "up-to 1").unwrap();
    let role = role("writer");
    let mut client = database.connect();
    client
        .batch_execute(&format!(
            "CREATE ROLE {role}; GRANT ALL ON SCHEMA public TO {role}; \
             GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}; \
             GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}; \
             ALTER TABLE account OWNER TO {role}"
        ))
        .unwrap();
    client.batch_execute(&format!("SET ROLE {role}")).unwrap();
    ran_now(&database);
    // Nothing is pending: no need to own anything.
    let list = &first::MIGRATIONS;
    assert!(Migrator::new(list).up(&mut client).unwrap().is_empty());
    let refusal = Migrator::new(&crate::all::MIGRATIONS).up_to(&mut client, 2_u64);
    let refusal = refusal.unwrap_err().to_string();
    assert!(
        refusal.contains("must be owner of table pgstrata_history"),
        "{refusal}"
    );
    assert_eq!(ran_now(&database), "");
    // The owner upgrades it, and from then on the role can write.
    Today.run(&database, "up-to 3").unwrap();
    client
        .batch_execute(&format!(
            "RESET ROLE; GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}; SET ROLE {role}"
        ))
        .unwrap();
    Migrator::new(&crate::all::MIGRATIONS)
        .up_to(&mut client, 4_u64)
        .unwrap();
    assert_eq!(ran_now(&database), "up 2.1, up 2.3, up 3, up 4");
    client
        .batch_execute(&format!(
            "RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}"
        ))
        .unwrap();
}

/// Each statement of the document runs, over what it is said to repair.
#[test]
fn the_statements_of_the_document_run() {
    let database = database();
    Today.run(&database, "up-to 1").unwrap();
    let named = "shop_migrations";
    let role = role(named);
    let mut client = database.connect();
    client
        .batch_execute(&format!(
            "CREATE ROLE {role}; \
             CREATE INDEX extra ON pgstrata_history (label); \
             CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
             CREATE TRIGGER noted BEFORE INSERT ON pgstrata_history \
             FOR EACH ROW EXECUTE FUNCTION note(); \
             CREATE POLICY mine ON pgstrata_history USING (true); \
             ALTER TABLE pgstrata_history ENABLE ROW LEVEL SECURITY"
        ))
        .unwrap();
    let document = include_str!("../../../docs/upgrading.md");
    let blocks = document.split("```sql\n").skip(1);
    let user = database.ask("SELECT current_user");
    for block in blocks.filter_map(|block| block.split("```").next()) {
        let block = block.replace("TO postgres", &format!("TO {user}"));
        let block = block.replace(named, &role);
        client.batch_execute(&block).unwrap();
    }
    let said = document.contains(&format!("-- {}\n", layout(&database)));
    assert!(said, "the layout is another one");
    assert_eq!(
        Today.run(&database, "up-to 2"),
        Ok("Apply 0002_index_name".to_owned())
    );
    let end = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    client.batch_execute(&end).unwrap();
}
