//! Row security on the history's tables: who would see less than all rows is refused by name, and no
//! verb ever succeeds on what it did not see.

use pgstrata::{Error, Goal, Migrator};
use postgres::Client;

use crate::support::{Database, fresh_database, three};
use crate::trust::{VERBS, repairs};

/// A database whose history belongs to `owner`, with roles that may write it.
struct Roles {
    database: Database,
}

impl Roles {
    fn new() -> Self {
        let database = fresh_database();
        let roles = Self { database };
        let create = "CREATE ROLE {owner}; CREATE ROLE {writer}; CREATE ROLE {bypass} BYPASSRLS; \
            GRANT ALL ON SCHEMA public TO {owner}; GRANT ALL ON SCHEMA public TO {writer}; GRANT ALL ON SCHEMA public TO {bypass}";
        roles.execute(create);
        Migrator::new(three())
            .up_to(&mut roles.client("owner"), 1_u64)
            .unwrap();
        for role in ["writer", "bypass"] {
            roles.execute(&format!(
                "GRANT {{owner}} TO {{{role}}}; REVOKE {{owner}} FROM {{{role}}}; \
                 GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {{{role}}}"
            ));
        }
        roles
    }

    /// The role's name in the cluster, which other tests use too.
    fn name(&self, role: &str) -> String {
        let database = self.database.url.rsplit('/').next().unwrap();
        let database = database.split('?').next().unwrap();
        format!("{role}_{database}")
    }

    fn execute(&self, sql: &str) {
        let sql = self.fill(sql);
        let result = self.database.connect().batch_execute(&sql);
        result.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    fn fill(&self, sql: &str) -> String {
        ["owner", "writer", "bypass"]
            .iter()
            .fold(sql.to_owned(), |sql, role| {
                sql.replace(&format!("{{{role}}}"), &self.name(role))
            })
    }

    fn client(&self, role: &str) -> Client {
        let mut client = self.database.connect();
        if role != "superuser" {
            let sql = format!("SET ROLE {}", self.name(role));
            client.batch_execute(&sql).unwrap();
        }
        client
    }

    fn migrator(&self) -> Migrator<'static> {
        Migrator::new(three()).history_owner(&self.name("owner"))
    }

    fn rows(&self) -> String {
        self.database.ask(
            "SELECT (SELECT count(*) FROM public.pgstrata_history) || ' ' || \
             (SELECT count(*) FROM public.pgstrata_history_events) || ' ' || \
             (SELECT count(*) FROM pg_class WHERE relname IN ('a', 'b', 'c'))",
        )
    }
}

/// Puts the table's row security into a state; each role that is named is refused there.
fn check(state: &str, refused: &[&str]) {
    for table in [
        "pgstrata_history",
        "pgstrata_history_events",
        "pgstrata_history_failed",
    ] {
        let roles = Roles::new();
        roles.execute(&state.replace("{t}", table));
        for role in ["superuser", "bypass", "owner", "writer"] {
            let what = format!("{state} on {table} as {role}");
            let before = roles.rows();
            let mut client = roles.client(role);
            if !refused.contains(&role) {
                roles
                    .migrator()
                    .up_to(&mut client, 2_u64)
                    .unwrap_or_else(|error| panic!("{what}: {error}"));
                roles
                    .migrator()
                    .down_to(&mut client, 1_u64)
                    .unwrap_or_else(|error| panic!("{what}: {error}"));
                let states = roles.migrator().status(&mut client).unwrap();
                assert_eq!(states[0].state, pgstrata::State::Applied, "{what}");
                continue;
            }
            let mut last = None;
            for (name, verb) in VERBS {
                let error = verb(&mut roles.migrator(), &mut client);
                let Err(error) = error else {
                    panic!("{what}: {name} did not refuse");
                };
                assert!(error.is_refused(), "{what}: {name}: {error}");
                assert!(error.to_string().contains(table), "{what}: {name}: {error}");
                last = Some(error);
            }
            assert_eq!(roles.rows(), before, "{what}");
            repair(&roles, &last.unwrap());
            roles
                .migrator()
                .validate(&mut client)
                .unwrap_or_else(|error| panic!("{what}: {error}"));
            roles.execute(&state.replace("{t}", table));
        }
    }
}

/// As a superuser, in the words of the error.
fn repair(roles: &Roles, error: &Error) {
    for repair in repairs(error) {
        roles.execute(&repair);
    }
}

#[test]
fn enabled_without_a_policy() {
    check("ALTER TABLE {t} ENABLE ROW LEVEL SECURITY", &["writer"]);
}

#[test]
fn forced_without_a_policy() {
    let sql = "ALTER TABLE {t} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY";
    check(sql, &["owner", "writer"]);
}

/// Its code is part of every query of the table.
#[test]
fn with_a_policy() {
    let all = ["superuser", "bypass", "owner", "writer"];
    check(
        "ALTER TABLE {t} ENABLE ROW LEVEL SECURITY; CREATE POLICY everything ON {t} USING (true)",
        &all,
    );
    check(
        "ALTER TABLE {t} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; \
         CREATE POLICY reads ON {t} FOR SELECT USING (true); CREATE POLICY \"W 1\" ON {t} FOR INSERT WITH CHECK (true)",
        &all,
    );
}

/// A start with nothing pending asks one query, which must not be filtered either.
#[test]
fn a_start_with_nothing_pending() {
    let roles = Roles::new();
    roles.migrator().up(&mut roles.client("owner")).unwrap();
    roles.execute("ALTER TABLE pgstrata_history ENABLE ROW LEVEL SECURITY");
    let error = roles
        .migrator()
        .up(&mut roles.client("writer"))
        .unwrap_err();
    assert!(error.is_refused(), "{error}");
    assert!(
        roles
            .migrator()
            .up(&mut roles.client("owner"))
            .unwrap()
            .is_empty()
    );
}

/// Some platforms enable it on each new table.
fn platform(clause: &str) -> Roles {
    let database = fresh_database();
    let roles = Roles { database };
    roles.execute(
        "CREATE ROLE {owner}; CREATE ROLE {writer}; GRANT ALL ON SCHEMA public TO {owner}; GRANT ALL ON SCHEMA public TO {writer}",
    );
    roles.execute(&format!(
        "CREATE FUNCTION public.secure() RETURNS event_trigger LANGUAGE plpgsql AS $$
         DECLARE made record;
         BEGIN
             FOR made IN SELECT object_identity FROM pg_event_trigger_ddl_commands() WHERE object_type = 'table' LOOP
                 EXECUTE format('ALTER TABLE %s {clause}', made.object_identity);
             END LOOP;
         END $$;
         CREATE EVENT TRIGGER secure ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.secure()"
    ));
    roles
}

#[test]
fn a_platform_that_enables_it_everywhere() {
    let roles = platform("ENABLE ROW LEVEL SECURITY");
    let mut client = roles.client("owner");
    assert_eq!(roles.migrator().up(&mut client).unwrap().steps.len(), 3);
    assert!(roles.migrator().up(&mut client).unwrap().is_empty());
    roles
        .migrator()
        .run(&mut client, Goal::Redo(3), None)
        .unwrap();
    roles.migrator().down(&mut client, 1).unwrap();
    assert_eq!(roles.database.applied(), "1 2");
    roles
        .execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {writer}");
    let error = roles
        .migrator()
        .up(&mut roles.client("writer"))
        .unwrap_err();
    assert!(error.is_refused(), "{error}");
    repair(&roles, &error);
    roles.migrator().up(&mut roles.client("writer")).unwrap();
    assert_eq!(roles.database.applied(), "1 2 3");
}

#[test]
fn a_platform_that_forces_it_everywhere() {
    let roles = platform("ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY");
    let mut client = roles.client("owner");
    for run in ["first", "second"] {
        let error = roles.migrator().up(&mut client).unwrap_err();
        assert!(error.is_refused(), "{run}: {error}");
        assert_eq!(error.to_string().matches("row security hides").count(), 3);
        assert_eq!(
            repairs(&error),
            ["ALTER EVENT TRIGGER secure DISABLE;"],
            "{run}"
        );
    }
    let error = roles.migrator().up(&mut client).unwrap_err();
    repair(&roles, &error);
    assert_eq!(roles.migrator().up(&mut client).unwrap().steps.len(), 3);
}
