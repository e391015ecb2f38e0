//! What is done under each setting, and what it comes to.

use std::process::Command;

use pgstrata::embedded::Migrations;
use pgstrata::{Goal, Migrator};
use pgstrata_tools::cluster::Cluster;
use pgstrata_tools::{History, Schema, View};
use postgres::{Client, NoTls};

use crate::support::{ask, migrations, source};

const TABLES: &str = r"CREATE TABLE texts (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    t text NOT NULL DEFAULT 'c:\dir\',
    a text[] DEFAULT '{NULL}',
    b bytea DEFAULT '\x00ff',
    at timestamptz DEFAULT '2020-02-03 04:05:06+00',
    days interval DEFAULT '1 mon -3 days 04:05:06',
    x float8 DEFAULT 0.1 CHECK (x < 1e300),
    parent int REFERENCES texts
);
COMMENT ON TABLE texts IS 'it''s a \ comment';
INSERT INTO texts (t) VALUES (E'\''), ('x:\'), (DEFAULT);";

const CODE: &str = r"CREATE VIEW seen AS SELECT t || '\' AS t, x = NULL AS never, b FROM texts WHERE at > '2001-01-01 00:00:00+00';
CREATE FUNCTION twice(n int) RETURNS int LANGUAGE plpgsql AS $f$ BEGIN RETURN n * 2; END $f$;
CREATE TYPE mood AS ENUM ('so', 'la\la');
CREATE INDEX part ON texts (t) WHERE t <> '\';";

const ROWS: &str = "SELECT string_agg(concat_ws(' ', t, a[1] IS NULL, encode(b, 'hex'),
    extract(epoch FROM at)::bigint, extract(epoch FROM days)::bigint, x::numeric), ', ' ORDER BY id) FROM texts";

fn list() -> &'static Migrations<'static> {
    let back = "DROP INDEX part; DROP TYPE mood; DROP FUNCTION twice; DROP VIEW seen;";
    let concurrent = "CREATE INDEX CONCURRENTLY texts_at ON texts (at);";
    migrations([
        source("0001_tables", TABLES, "DROP TABLE texts;"),
        source("0002_code", CODE, back),
        source(
            "0003_index",
            concurrent,
            "DROP INDEX CONCURRENTLY texts_at;",
        )
        .no_transaction(),
        source(
            "0004_rows",
            r"UPDATE texts SET t = t || '\' WHERE (a[1] = NULL) IS NULL;",
            "UPDATE texts SET t = 'c';",
        ),
        source(
            "0005_column",
            "ALTER TABLE texts ADD COLUMN n numeric(9, 2) DEFAULT 1.50;",
            "ALTER TABLE texts DROP COLUMN n;",
        ),
    ])
}

/// How a case ended.
pub(crate) enum Ended {
    Same,
    /// No program could do it: the server refuses the setting, or plain SQL fails, too.
    Impossible,
    /// The run was refused.
    Refused(String),
    Otherwise(String),
}

pub(crate) struct Course<'c> {
    cluster: &'c Cluster,
    name: String,
    url: String,
}

/// What a run without any of the settings came to.
pub(crate) struct Plain {
    rows: String,
    schema: Schema,
}

impl<'c> Course<'c> {
    pub(crate) fn new(cluster: &'c Cluster, name: &str) -> Self {
        let url = cluster.create_database(name).unwrap();
        let app = url.replace("postgres@", "app@");
        assert_ne!(app, url);
        let course = Self {
            cluster,
            name: name.to_owned(),
            url: app,
        };
        course.admin(&format!("ALTER DATABASE {name} OWNER TO app"));
        course.admin_here("GRANT ALL ON SCHEMA public TO app");
        course
    }

    fn admin(&self, sql: &str) {
        self.try_admin(sql).unwrap();
    }

    fn try_admin(&self, sql: &str) -> Result<(), postgres::Error> {
        let mut client = Client::connect(&self.cluster.url("postgres"), NoTls)?;
        client.batch_execute(sql)
    }

    fn admin_here(&self, sql: &str) {
        let mut client = Client::connect(&self.cluster.url(&self.name), NoTls).unwrap();
        client.batch_execute(sql).unwrap();
    }

    fn connect(&self) -> Result<Client, String> {
        Client::connect(&self.url, NoTls).map_err(|error| format!("connecting: {error:?}"))
    }

    /// Up, and what is there then, as somebody without the settings sees it.
    pub(crate) fn run(&self, _: Option<&Plain>) -> Result<Plain, String> {
        let mut client = self.connect()?;
        let ran = Migrator::new(list()).up(&mut client);
        ran.map_err(|error| format!("up: {error}"))?;
        let history = History::default();
        let schema = Schema::read(&mut client, &history);
        let schema = schema.map_err(|error| format!("schema: {error}"))?;
        let rows = ask(&mut client, ROWS);
        Ok(Plain { rows, schema })
    }

    /// All of it while the setting is there.
    pub(crate) fn run_with(self, plain: &Plain, place: &str, name: &str, value: &str) -> Ended {
        let whom = match place {
            "ROLE" => format!("app IN DATABASE {}", self.name),
            _ => self.name.clone(),
        };
        let set = format!("ALTER {place} {whom} SET {name} = '{value}'");
        if self.try_admin(&set).is_err() {
            self.drop();
            return Ended::Impossible;
        }
        let ended = self.under(plain);
        self.admin(&format!("ALTER {place} {whom} RESET ALL"));
        let ended = match ended {
            Ok(()) => self.looked_at(plain),
            Err(said) => Err(said),
        };
        let ended = match ended {
            Ok(()) => Ended::Same,
            Err(said) => {
                self.admin(&set);
                let can = self.plain_sql();
                self.admin(&format!("ALTER {place} {whom} RESET ALL"));
                match can {
                    Err(_) => Ended::Impossible,
                    Ok(()) if said.starts_with("up: ") => Ended::Refused(said),
                    Ok(()) => Ended::Otherwise(said),
                }
            }
        };
        self.drop();
        ended
    }

    fn under(&self, plain: &Plain) -> Result<(), String> {
        let mut client = self.connect()?;
        let at = |what: &'static str| move |error: pgstrata::Error| format!("{what}: {error}");
        Migrator::new(list()).up(&mut client).map_err(at("up"))?;
        let again = Migrator::new(list()).up(&mut self.connect()?);
        if !again.map_err(at("start"))?.steps.is_empty() {
            return Err("start: something was pending".to_owned());
        }
        let schema = Schema::read(&mut self.connect()?, &History::default());
        let schema = schema.map_err(|error| format!("schema: {error}"))?;
        let view = View::Exact;
        if schema.fingerprint(view) != plain.schema.fingerprint(view) {
            let drift = plain.schema.drift(&schema);
            return Err(format!("fingerprint: {drift:?}"));
        }
        let drift = plain.schema.drift(&schema);
        if !drift.is_empty() {
            return Err(format!("drift: {drift:?}"));
        }
        self.backup()?;
        Migrator::new(list())
            .run(&mut client, Goal::Down(1), None)
            .map_err(at("down"))?;
        Migrator::new(list())
            .up(&mut client)
            .map_err(at("up again"))?;
        Ok(())
    }

    /// With the command, where there is a `pg_dump` for this server.
    fn backup(&self) -> Result<(), String> {
        if !self.cluster.server_version().starts_with("15.") {
            return Ok(());
        }
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("0006_next.up.sql"), "DROP TABLE texts;").unwrap();
        std::fs::write(dir.path().join("0006_next.down.sql"), "SELECT 1;").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_pgstrata"));
        command
            .args(["backup", "--database-url", &self.url, "--dir"])
            .arg(dir.path());
        command.env("PGSTRATA_BACKUP_DIR", dir.path().join("backups"));
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let is_kept =
            output.status.success() && std::fs::read_dir(dir.path().join("backups")).is_ok();
        is_kept.then_some(()).ok_or_else(|| {
            let said = String::from_utf8_lossy(&output.stderr);
            format!("backup: {text}{said}")
        })
    }

    /// Without the setting, the rows are those of the plain run, and the way down leaves nothing.
    fn looked_at(&self, plain: &Plain) -> Result<(), String> {
        let mut client = self.connect()?;
        let rows = ask(&mut client, ROWS);
        if rows != plain.rows {
            return Err(format!("rows: {rows}\ninstead of {}", plain.rows));
        }
        let down = Migrator::new(list()).run(&mut client, Goal::DownTo(0), None);
        down.map_err(|error| format!("down: {error}"))?;
        let left = ask(
            &mut client,
            "SELECT count(*) FROM pg_class WHERE relname IN ('texts', 'seen', 'part')",
        );
        (left == "0").then_some(()).ok_or(format!("{left} left"))
    }

    /// What `psql` would do with a small file.
    fn plain_sql(&self) -> Result<(), String> {
        let mut client = self.connect()?;
        let ran = client.batch_execute(
            "BEGIN; CREATE TABLE control (id int PRIMARY KEY, t text); INSERT INTO control VALUES (1, 'a');
             UPDATE control SET t = 'b'; DROP TABLE control; COMMIT",
        );
        ran.map_err(|error| format!("{error:?}"))
    }

    fn drop(self) {
        self.cluster.drop_database(&self.name).unwrap();
    }
}
