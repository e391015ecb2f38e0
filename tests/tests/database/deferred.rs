//! Triggers of deferred constraints see role and search path as the script has left them, as they do
//! in psql, and not those of our record.

use pgstrata::embedded::{Batch, Mode, StatementOptionKind};
use pgstrata::{Error, Migrations, Migrator, Report, Step};
use postgres::Transaction;

use crate::support::{Source, ask, fresh_database, migrations, source, with_repeatables};

/// Its function notes who runs it and what it sees, in a table that only the path finds.
const TRIGGER: &str = "CREATE TABLE seen (what text);
GRANT ALL ON seen TO PUBLIC;
CREATE TABLE t (id int);
GRANT ALL ON t TO PUBLIC;
INSERT INTO t VALUES (1), (2);
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO seen VALUES (format('%s %s', current_user, current_setting('search_path')));
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER look AFTER UPDATE OR DELETE ON t
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION look();";

const UPDATE: &str =
    "UPDATE t SET id = id + 10 WHERE id IN (SELECT id FROM t WHERE id < 10 LIMIT 1)";
const BACK: &str = "UPDATE t SET id = id - 10 WHERE id IN (SELECT id FROM t WHERE id > 10 LIMIT 1)";

fn list(second: Source) -> &'static Migrations<'static> {
    let first = source(
        "0001_t",
        TRIGGER,
        "DROP TABLE t, seen; DROP FUNCTION look();",
    );
    migrations([first, second])
}

/// What the triggers have seen in a run.
fn seen(
    list: &Migrations<'_>,
    run: impl FnOnce(Migrator<'_>, &mut postgres::Client) -> Result<Report, Error>,
) -> String {
    let database = fresh_database();
    let mut client = database.connect();
    Migrator::new(list).up_to(&mut client, 1_u64).unwrap();
    run(Migrator::new(list), &mut client).unwrap();
    database.ask("SELECT DISTINCT replace(what, current_user, 'us') FROM seen")
}

const USUAL: &str = "us \"$user\", public";

#[test]
fn in_a_transaction() {
    let list = list(source("0002_u", UPDATE, BACK));
    let all = [
        seen(list, |mut it, client| it.up(client)),
        seen(list, |it, client| it.per_statement().up(client)),
        seen(list, |it, client| it.single_transaction().up(client)),
        seen(list, |it, client| it.behind_pooler().up(client)),
        seen(list, |mut it, client| {
            it.up(client)?;
            client.batch_execute("TRUNCATE seen").unwrap();
            it.down(client, 1)
        }),
    ];
    assert_eq!(all, [USUAL; 5]);
}

#[test]
fn outside_a_transaction() {
    let list = list(source("0002_u", UPDATE, BACK).no_transaction());
    assert_eq!(seen(list, |mut it, client| it.up(client)), USUAL);
}

#[test]
fn in_a_batch() {
    let batch = |key| {
        let pause = std::time::Duration::ZERO;
        StatementOptionKind::Batch(Batch {
            pause,
            max_batches: None,
            total: None,
            key,
        })
    };
    let plain = source("0002_u", UPDATE, BACK)
        .no_transaction()
        .special(0, batch(None));
    assert_eq!(seen(list(plain), |mut it, client| it.up(client)), USUAL);
    let walk = "UPDATE t SET id = id WHERE id IN (SELECT id FROM t WHERE id > $1 ORDER BY id LIMIT 1) RETURNING id";
    let walking = source("0002_u", walk, BACK)
        .no_transaction()
        .special(0, batch(Some("id")));
    assert_eq!(seen(list(walking), |mut it, client| it.up(client)), USUAL);
}

#[test]
fn of_a_repeatable() {
    let first = list(source("0002_u", "SELECT 1", "SELECT 1"));
    let list = with_repeatables(first, &[("again", UPDATE)]);
    assert_eq!(seen(list, |mut it, client| it.up(client)), USUAL);
}

/// Otherwise whoever owns a table could run code with the rights of whoever migrates.
#[test]
fn they_run_as_the_role_of_the_script() {
    let database = fresh_database();
    let mut client = database.connect();
    let role = "CREATE ROLE deferred_app";
    // Roles are the server's, and another version's run may have left it.
    let _ = client.batch_execute(role);
    let up = ["SET LOCAL ROLE deferred_app;\n", UPDATE].concat();
    let scripted = list(source("0002_u", &up, BACK));
    Migrator::new(scripted).up(&mut client).unwrap();
    let who = "SELECT string_agg(DISTINCT split_part(what, ' ', 1), ' ') FROM seen";
    assert_eq!(ask(&mut client, who), "deferred_app");

    client.batch_execute("TRUNCATE seen").unwrap();
    Migrator::new(scripted).down(&mut client, 1).unwrap();
    client.batch_execute("TRUNCATE seen").unwrap();
    let plain = list(source("0002_v", UPDATE, BACK));
    let mut set_role = |step: &Step, transaction: &mut Transaction<'_>| {
        assert_eq!(step.mode, Mode::Transaction);
        transaction.batch_execute("SET LOCAL ROLE deferred_app")?;
        Ok(())
    };
    let mut nothing = |_: &Step, _: &mut Transaction<'_>| Ok(());
    let run = Migrator::new(plain)
        .before_each(&mut set_role)
        .after_each(&mut nothing)
        .up(&mut client);
    run.unwrap();
    assert_eq!(ask(&mut client, who), "deferred_app");
}
