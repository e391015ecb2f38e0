//! Every command that asks a database, run by a superuser.

use std::fs;
use std::process::Command;
use std::thread;

use postgres::{Client, NoTls};
use tempfile::TempDir;

use crate::mallory::{Effort, script};
use crate::server::{PATHS, Server};

/// Nothing in them is looked up along a path, so that whatever is caught is ours.
const FILES: [(&str, &str); 11] = [
    ("tests/prelude.sql", OTHER),
    (
        "0001_customer.up.sql",
        "CREATE TABLE public.customer (id bigint PRIMARY KEY, age integer, known boolean, name pg_catalog.text,\n    \
             code varchar(9), since pg_catalog.timestamptz, due time, lasts interval, rank smallint, key pg_catalog.uuid,\n    \
             more pg_catalog.jsonb, bytes pg_catalog.bytea, address pg_catalog.inet, tags pg_catalog.text[]);\n\
         INSERT INTO public.customer VALUES (1, 30);\n",
    ),
    (
        "0001_customer.down.sql",
        "DROP VIEW IF EXISTS public.grown;\nDROP TABLE public.customer;\n",
    ),
    (
        "0001_customer.verify.sql",
        "DO $$ BEGIN PERFORM FROM public.customer; END $$;\n",
    ),
    (
        "0002_index.up.sql",
        "-- pgstrata: no-transaction\nCREATE INDEX CONCURRENTLY customer_age ON public.customer (age);\n",
    ),
    (
        "0002_index.down.sql",
        "-- pgstrata: no-transaction\nDROP INDEX CONCURRENTLY public.customer_age;\n",
    ),
    (
        "0003_rewrite.up.sql",
        "-- pgstrata: requires-extension plpgsql\n-- pgstrata: requires-table public.other\n\
         ALTER TABLE public.customer ALTER COLUMN age TYPE bigint;\n",
    ),
    (
        "0003_rewrite.down.sql",
        "ALTER TABLE public.customer ALTER COLUMN age TYPE integer;\n",
    ),
    (
        "0004_last.up.sql",
        "CREATE TABLE public.last (id bigint);\n",
    ),
    ("0004_last.down.sql", "DROP TABLE public.last;\n"),
    (
        "repeatable/grown.sql",
        "CREATE OR REPLACE VIEW public.grown AS SELECT id FROM public.customer;\n",
    ),
];

/// A table that others make.
const OTHER: &str = "CREATE TABLE public.other (id bigint);\n";

/// What only throw-away servers are asked.
const THROW_AWAY: [&str; 4] = [
    "xtask/src/checking/rehearse/",
    "xtask/src/shadow/",
    "xtask/src/schema/snapshot/rows.sql",
    "xtask/src/checking/trace/",
];

/// What only a dump asks, and what is made of it.
const DUMPS: [&str; 2] = [
    "xtask/src/operating/backup/",
    "xtask/src/operating/restore/",
];

/// What is not asked on the server of a test.
const ALONE: [&str; 3] = [
    // Only where nobody else makes roles; the rehearsal there fails if something is captured.
    "xtask/src/schema/snapshot/roles.sql",
    // Parsed, and never run, in an empty database.
    "xtask/src/checking/check/sentinel.sql",
    // In databases in which nobody else can create anything.
    "xtask/src/demo/",
];

/// A directory, and a database in which somebody lies in wait.
struct Shop<'s> {
    server: &'s Server,
    dir: TempDir,
    /// Where the commands run and write.
    beside: TempDir,
    url: String,
    name: String,
}

impl<'s> Shop<'s> {
    fn open(server: &'s Server, name: &str, path: &str) -> Self {
        let shop = Self {
            server,
            dir: tempfile::tempdir().unwrap(),
            beside: tempfile::tempdir().unwrap(),
            url: server.database(name, path),
            name: name.to_owned(),
        };
        for (file, text) in FILES {
            shop.write(file, text);
        }
        let mut client = Client::connect(&shop.url, NoTls).unwrap();
        client.batch_execute(OTHER).unwrap();
        shop
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A command that ends with this code, and in which nothing was caught.
    #[track_caller]
    fn run(&self, code: i32, arguments: &[&str]) {
        let database = ["--database-url", &*self.url];
        self.start(code, &[arguments, &database].concat(), "");
    }

    /// The same, with `PGSTRATA_TEST_URL`.
    #[track_caller]
    fn start(&self, code: i32, arguments: &[&str], throw_away: &str) {
        let output = Command::new(env!("CARGO_BIN_EXE_pgstrata"))
            .args(arguments)
            .arg("--dir")
            .arg(self.dir.path())
            .current_dir(self.beside.path())
            .env("PGSTRATA_TEST_URL", throw_away)
            .output()
            .unwrap();
        self.server
            .assert_nothing_was_captured(&arguments.join(" "));
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    }
}

#[test]
fn of_the_commands() {
    let Some(server) = Server::start(Effort::All) else {
        return;
    };
    for (index, path) in PATHS.iter().enumerate() {
        let shop = Shop::open(&server, &format!("shop_{index}"), path);
        // To dump all that lies in wait takes long.
        shop.write("pgstrata.toml", "backup = \"none\"\n");
        look(&shop);
        change(&shop);
        read_odd_bytes(&shop);
    }
    let except = [&THROW_AWAY[..], &ALONE, &DUMPS].concat();
    server.assert_all_was_sent("xtask/", &except);
}

/// With a schema before the one in which somebody lies in wait.
fn of_a_tenant(shop: &Shop<'_>) {
    let mut client = Client::connect(&shop.url, NoTls).unwrap();
    client.batch_execute("CREATE SCHEMA tenant").unwrap();
    let options = "options=-c%20search_path%3Dtenant%2Cpublic%2Cpg_catalog";
    let mark = if shop.url.contains('?') { '&' } else { '?' };
    let url = format!("{}{mark}{options}", shop.url);
    for command in ["preflight", "postflight", "fingerprint", "drift"] {
        shop.start(0, &[command, "--database-url", &url], "");
    }
    client.batch_execute("DROP SCHEMA tenant").unwrap();
}

/// A role has the bytes of another encoding in its name; here it can be named by its number only.
fn read_odd_bytes(shop: &Shop<'_>) {
    let mut client = Client::connect(&shop.url, NoTls).unwrap();
    let odd = format!("{}_odd", shop.name);
    client
        .batch_execute(&format!(
            "CREATE DATABASE {odd} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'"
        ))
        .unwrap();
    let mut config: postgres::Config = shop.url.parse().unwrap();
    let mut other = config.dbname(&odd).connect(NoTls).unwrap();
    let role = "pg_catalog.concat('odd', pg_catalog.chr(233))";
    let of_role =
        |sql: &str| format!("DO $$BEGIN EXECUTE pg_catalog.format('{sql}', {role}); END$$");
    other.batch_execute(&of_role("CREATE ROLE %I")).unwrap();
    let set = |acl: &str| {
        format!(
            "UPDATE pg_catalog.pg_class SET relacl = {acl} WHERE oid OPERATOR(pg_catalog.=) 'public.other'::pg_catalog.regclass"
        )
    };
    let number = "(SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname OPERATOR(pg_catalog.~) '^odd' LIMIT 1)";
    let odd_acl = format!("ARRAY[pg_catalog.makeaclitem({number}, 10, 'SELECT', false)]");
    client.batch_execute(&set(&odd_acl)).unwrap();
    shop.run(5, &["fingerprint"]);
    client.batch_execute(&set("NULL")).unwrap();
    other.batch_execute(&of_role("DROP ROLE %I")).unwrap();
}

fn look(shop: &Shop<'_>) {
    shop.run(0, &["up", "--to", "2"]);
    shop.run(6, &["status", "--expect-database", &shop.name]);
    shop.run(0, &["list"]);
    shop.run(0, &["graph"]);
    shop.run(0, &["info", "1"]);
    shop.run(0, &["plan"]);
    shop.run(0, &["up", "--dry-run"]);
    shop.run(0, &["preflight", "--marker", "marker"]);
    shop.run(0, &["up", "--require-preflight", "marker"]);
    shop.run(0, &["verify"]);
    shop.run(0, &["postflight", "--write", "sizes"]);
    shop.run(0, &["postflight", "--baseline", "sizes"]);
    of_a_tenant(shop);
    fingerprint_behind_a_lock(shop);
    fingerprint_that_gives_up(shop);
    shop.run(0, &["drift", "--against", "schema.json"]);
    // Which is all that lies in wait.
    shop.run(3, &["drift"]);
}

/// It says who is in the way, and so asks for that as well.
fn fingerprint_behind_a_lock(shop: &Shop<'_>) {
    let mut holder = Client::connect(&shop.url, NoTls).unwrap();
    holder
        .batch_execute("BEGIN; LOCK TABLE public.customer")
        .unwrap();
    thread::scope(|scope| {
        scope.spawn(move || {
            let sent = "xtask/src/connect/lock_monitor/blockers.sql";
            shop.server.wait_until_sent(sent);
            holder.batch_execute("ROLLBACK").unwrap();
        });
        shop.run(0, &["fingerprint", "--write", "--file", "schema.json"]);
    });
}

/// It asks who has the lock after it has given up, which the session's own limit makes soon.
fn fingerprint_that_gives_up(shop: &Shop<'_>) {
    let mut holder = Client::connect(&shop.url, NoTls).unwrap();
    let limit = "ALTER ROLE CURRENT_USER SET lock_timeout = '200ms'";
    holder.batch_execute(limit).unwrap();
    let lock = "BEGIN; LOCK TABLE public.customer";
    holder.batch_execute(lock).unwrap();
    shop.run(5, &["fingerprint", "--write", "--file", "schema.json"]);
    holder.batch_execute("ROLLBACK").unwrap();
    let reset = "ALTER ROLE CURRENT_USER RESET lock_timeout";
    holder.batch_execute(reset).unwrap();
    shop.server
        .wait_until_sent("xtask/src/catalog_session/in_the_way.sql");
}

/// After [`look`].
fn change(shop: &Shop<'_>) {
    shop.run(0, &["redo", "--steps", "1", "--yes"]);
    shop.run(0, &["down", "--steps", "1", "--yes"]);
    shop.run(0, &["up", "--single-transaction"]);
    shop.run(0, &["down", "--to", "0", "--yes"]);
    shop.run(0, &["baseline", "1", "--reason", "a test", "--yes"]);
    shop.write("0001_customer.down.sql", "DROP TABLE public.customer;\n");
    shop.run(0, &["repair", "1", "--reason", "a test", "--yes"]);
}

/// A prelude or a restored backup may bring what lies in wait to a throw-away server.
#[test]
fn of_backups_and_rehearsals() {
    let Some(server) = Server::start(Effort::Some) else {
        return;
    };
    let has_dump = server.can_be_dumped();
    for (index, path) in PATHS.iter().enumerate() {
        let shop = Shop::open(&server, &format!("kept_{index}"), path);
        let words = path.replace('"', "%22").replace('$', "%24");
        let throw_away = format!(
            "{}?options=-csearch_path%3D{}",
            server.cluster.url("postgres"),
            words.replace(", ", ",")
        );
        if has_dump {
            backups(&shop, &throw_away);
        }
        shop.write("tests/prelude.sql", &(script(Effort::Some) + OTHER));
        shop.start(0, &["rehearse"], &throw_away);
        shop.start(0, &["trace", "--rows", "3"], &throw_away);
        // Where nobody else makes roles they are compared as well.
        shop.start(0, &["rehearse"], "");
    }
    let folders = THROW_AWAY
        .iter()
        .chain(if has_dump { &DUMPS[..] } else { &[] });
    let mut except = ALONE.to_vec();
    if !has_dump {
        except.push("xtask/src/checking/rehearse/backup/");
    }
    for folder in folders {
        server.assert_all_was_sent(folder, &except);
    }
}

fn backups(shop: &Shop<'_>, throw_away: &str) {
    shop.run(0, &["up", "--to", "2"]);
    shop.run(0, &["backup", "--scope", "affected", "--yes"]);
    shop.run(0, &["backup", "--yes"]);
    let backups = shop.beside.path().join("backups");
    let latest = fs::read_to_string(backups.join(format!("latest-{}.txt", shop.name)));
    let latest = backups.join(latest.unwrap().trim());
    shop.run(0, &["restore", "--swap", "--yes"]);
    shop.run(0, &["up"]);
    let latest = latest.to_str().unwrap();
    shop.start(0, &["rehearse", "--from-backup", latest], throw_away);
}
