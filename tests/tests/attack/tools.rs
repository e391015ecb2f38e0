//! Every command that asks a database, run by a superuser.

use std::fs;
use std::process::Command;

use postgres::{Client, NoTls};
use tempfile::TempDir;

use crate::server::{PATHS, Server};

/// Nothing in them is looked up along a path, so that whatever is caught is ours.
const FILES: [(&str, &str); 11] = [
    ("tests/prelude.sql", OTHER),
    (
        "0001_customer.up.sql",
        "CREATE TABLE public.customer (id bigint PRIMARY KEY, age integer, known boolean, name pg_catalog.text,\n    \
             code varchar(9), since timestamptz, due time, lasts interval, rank smallint, key pg_catalog.uuid,\n    \
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
    "xtask/src/rehearse/",
    "xtask/src/snapshot/roles.sql",
    "xtask/src/snapshot/rows.sql",
    "xtask/src/trace/",
];

/// What is asked in databases in which nobody else can create anything.
const ALONE: [&str; 3] = [
    // Parsed, and never run, in an empty one.
    "xtask/src/check/sentinel.sql",
    // On a server that was started for it.
    "xtask/src/demo/",
    // In the one that is there before those of tests are.
    "xtask/src/test_database/",
];

/// What only a dump asks, and what is made of it.
const DUMPS: [&str; 3] = [
    "xtask/src/backup/count.sql",
    "xtask/src/backup/snapshot.sql",
    "xtask/src/restore/",
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
        // What a run itself sends is not what is attacked here.
        let safe = shop.url.clone() + "?options=-csearch_path%3Dpg_catalog,pg_temp";
        shop.start(0, &["up", "--to", "2", "--database-url", &safe]);
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
        self.start(code, &[arguments, &database].concat());
    }

    #[track_caller]
    fn start(&self, code: i32, arguments: &[&str]) {
        let output = Command::new(env!("CARGO_BIN_EXE_pgstrata"))
            .args(arguments)
            .arg("--dir")
            .arg(self.dir.path())
            .current_dir(self.beside.path())
            .env_remove("PGSTRATA_TEST_URL")
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
    let Some(server) = Server::start() else {
        return;
    };
    let has_dump = server.can_be_dumped();
    let [usual, last] = PATHS;
    let shop = Shop::open(&server, "usual", usual);
    shop.run(6, &["status", "--expect-database", &shop.name]);
    shop.run(0, &["plan"]);
    shop.run(0, &["verify"]);
    shop.run(0, &["preflight", "--marker", "marker"]);
    shop.run(0, &["postflight", "--write", "sizes"]);
    shop.run(0, &["postflight", "--baseline", "sizes"]);
    if has_dump {
        shop.run(0, &["backup", "--scope", "affected", "--yes"]);
    }
    // Which is all that lies in wait.
    shop.run(3, &["drift"]);
    // Of these all that is asked is ours.
    let shop = Shop::open(&server, "last", last);
    shop.run(0, &["list"]);
    shop.run(0, &["graph"]);
    shop.run(0, &["info", "1"]);
    shop.run(0, &["fingerprint", "--write", "--file", "schema.json"]);
    shop.run(0, &["drift", "--against", "schema.json"]);
    let mut except = [&THROW_AWAY[..], &ALONE].concat();
    if has_dump {
        shop.run(0, &["backup", "--yes"]);
        shop.run(0, &["restore", "--swap", "--yes"]);
    } else {
        except.extend(DUMPS);
    }
    server.assert_all_was_sent("xtask/", &except);
}
