//! Every sentence that an error, a finding or a report says, as a function of what differs.
//!
//! They name what a program calls; the tools say their commands instead. A test looks for each of them
//! in the texts that tests assert.

use std::fmt::Display;

/// A function a sentence; its blanks are its arguments.
macro_rules! messages {
    ($($name:ident($($blank:ident: $type:ty),*) $text:literal)*) => {
        $(pub(crate) fn $name($($blank: $type),*) -> String {
            format!($text)
        })*
    };
}

messages! {
    apart(label: &str)
    "{label} runs outside a transaction: run it on its own, not in a single transaction and not through a transaction pooler; connect to the server directly"

    changed(label: &str, more: &str)
    "{label} was changed after it was applied ({more}): restore the file and put the change into a new migration, or, where the change was reviewed, accept it with `Goal::Repair`"

    irreversible(label: &str, more: &str)
    "{label} cannot be rolled back: {more}; write a new migration that repairs what has to be repaired"

    missing(label: &str)
    "{label} is applied, but this program does not have it: restore its files, or build the program from the branch that has them"

    newer(label: &str)
    "{label} is applied, but newer than everything this program has: deploy a newer program, or roll the database back first"

    out_of_order(label: &str, more: &str)
    "{label} is not applied, but the newer {more} is: give it a number above that one, or apply it alone with `Goal::Only`"

    outcome_unknown(doing: &str, label: &str, said: &str)
    "outcome unknown: the connection was lost while {doing} {label}{said}\n  whether it was committed is not known here; run again: the next run reads the history and goes on from there"

    tls_required(mode: &str)
    "the address asks for sslmode={mode}, and this connection would not be encrypted: use `Migrator::connect_to` with a TLS connector"

    for_the_connector(key: &str)
    "the address has `{key}`: give the certificates to the TLS connector of the program, and take `{key}` out of the address; `pgstrata_tools::connection` does both"

    unread_value(key: &str, known: &str)
    "`{key}` in the address may be {known} here; `pgstrata_tools::connection` reads whatever libpq does"

    lock_lost(label: &str)
    "a script gave the migration lock for {label} back before the end of the run (DISCARD ALL, pg_advisory_unlock_all), so another program may have been at work meanwhile: take that out of the script"

    lock_elsewhere(label: &str, pid: i32)
    "the migration lock for {label} is held by another session than this one, so a transaction pooler lies between: connect to the server directly, or say `Migrator::behind_pooler`; if the next run waits for the lock, end that session: SELECT pg_terminate_backend({pid});"

    lock_held_here(label: &str)
    "this session has the migration lock for {label} already: another run is at work in it, so a transaction pooler lies between: connect to the server directly, or say `Migrator::behind_pooler`. If no pooler does, this program has taken the lock itself, or an earlier run was cut off: use another connection"

    altered(table: &str)
    "the tables of the history {table} were altered while this run was at work; they are as they should be now: run again"

    moved(label: &str)
    "the history of {label} changed while this run was at work; look at `Migrator::status` and run again"

    first_error()
    "\n  where exit_on_error is on, the server ends a session with its first error: take that setting off the role and the database"

    replica(reset: &str)
    "session_replication_role is replica: foreign keys and triggers would not look at what migrations write; take it out of the connection's options, or off the role or the database: {reset}"

    literals(setting: &str)
    "{setting} is not as migrations were checked, and behind a transaction pooler it cannot be set in time: connect to the server directly, or take the setting off the role and the database"

    or_end(end: &str)
    ", or end it if it is dead: {end}"

    history_name(table: &str, longest: usize)
    "the history table cannot be called {table}: give it a name of 1 to {longest} bytes in a schema of 1 to 63 bytes"

    newer_layout(table: &str, newer: i32, known: i32)
    "the history {table} has layout {newer}, and this program knows layouts up to {known}: a newer program made it; deploy that one"

    damaged(label: &str, table: &str)
    "the down script stored for {label} in {table} is damaged: restore its row from a backup"

    unknown_version(version: u64, directory: &str)
    "there is no version {version} in {directory}: name one of its migrations"

    no_reason()
    "a baseline and a repair are kept with a reason: give one"

    in_transaction()
    "the connection is inside a transaction: commit it or roll it back before migrating, or use a connection of its own"

    in_failed_transaction()
    "the connection is inside a transaction, which fails with this error: roll it back; commit before migrating, or use a connection of its own"

    pooled()
    "a transaction pooler lies between this program and the server: connect to the server directly, or say `Migrator::behind_pooler`"

    inside_async()
    "a migrator blocks, and this is an async task: call it inside `tokio::task::spawn_blocking`, with a connection made there"

    held_now(labels: &str, expand: &str)
    "held: {labels}: the first contracts what {expand} expands in this run; the next release that brings a migration applies it, or apply it now with `Migrator::allow_contract` if no program needs the old shape any more"

    held(labels: &str, expand: &str)
    "held: {labels}: the first contracts what {expand} expands, which this same list of migrations applied; the next release that brings a migration applies it, or apply it now with `Migrator::allow_contract` if no program needs the old shape any more"

    held_young(labels: &str, expand: &str, time: &str)
    "held: {labels}: the first contracts what {expand} expands, and has to wait for another {time}; apply it now with `Migrator::allow_contract` if no program needs the old shape any more"

    requires(label: &str, more: &str)
    "{label} requires {more}"

    in_use(place: &str, what: &str, used_by: &str, again: &str, drop: &str, create: &str)
    "{place}: {what} is used by {used_by}: write the first of these above the statement, here and in the down file, and the second below it; grants, comments and indexes go with what is dropped{again}; if the script takes it out of the way by itself, say `Migrator::allow_in_use`:\n{drop}\n{create}"

    made_again()
    "; what a repeatable makes the run makes again, so its CREATE may be left out"

    the_reason()
    "the reason"

    encoding_lacks(place: &str, encoding: &str, character: char, number: &str)
    "{place}: the database's encoding {encoding} lacks the character {character} ({number}): write it without that character, or migrate a database that was made with ENCODING 'UTF8'"

    other_encoding(client: &str, server: &str)
    "refused before anything was written: the client_encoding of this session is {client}, and a run sends UTF-8, which the server would read as {client} and keep as {server}: say SET client_encoding = 'UTF8' before it"

    lost(list: &str)
    "what was set by others went with objects that were made again; where it is still wanted, run:{list}"

    not_rebuilt(object: &str)
    "{object} is gone and is not built again, since that may take hours: change its repeatable, and the next run applies it, or make it by hand"

    skipped(statement: usize, extension: &str)
    "without statement {statement}: the server does not have the extension {extension}"

    verify()
    "nothing was changed; repair the database with a new migration, or fix the script if a later migration has overtaken it"

    way_up(version: u64)
    "`Migrator::up` goes on from there; if something else stops it, `Goal::Only({version})` does"

    way_up_changed(version: u64)
    "restore the file as it was begun; then `Migrator::up` goes on from there, or `Goal::Only({version})` if something else stops it"

    way_up_unknown(version: u64)
    "with a program that has this file as it was begun, `Migrator::up` goes on from there, or `Goal::Only({version})` if something else stops it"

    way_down()
    "`Migrator::down` goes on from there"

    way_by_hand()
    "its Rust code or a hook ended its transaction: look at what the database has of it"

    all_left(total: usize)
    "none of its {total} statements has run\nto finish by hand: run them, then"

    next_left(next: usize, statement: &str, total: usize)
    "nothing of statement {next}{statement} was kept\nto finish by hand: run statements {next} to {total}, then"

    some_left(next: usize, statement: &str, total: usize)
    "statement {next}{statement} may have run, in part or wholly: look at the database, and drop an index that it left invalid (pg_index.indisvalid)\nto finish by hand: run what is left of statements {next} to {total}, then"

    none_left()
    "all statements have run\nto finish by hand:"

    undo()
    "undo the statements that have run, then"

    undo_nothing()
    "run"

    ended(label: &str)
    "what the code of {label} committed stays, what it rolled back is gone: look at the database and at `Migrator::status`, and leave the end of the transaction to the run"

    code_missing(label: &str, more: &str)
    "{label} runs the Rust function {more}, which this program does not have: run it with the service's own program"

    ignored()
    "the code went on after an error of the server, which had ended its transaction: return such errors"

    lock_deadline(history: &str, waited: &str, by: &str, end: &str)
    "the migration lock for {history} was not free within {waited}{by}\n  let that run finish and run again{end}"

    kept(done: usize, total: usize)
    "{done} of its {total} statements are finished and stay; the next run goes on behind them, with the same file"

    again()
    "correct it and run again"

    again_down(version: u64)
    "what ran is stored in the history, so a corrected file alone changes nothing: correct the down file, store it with `Goal::Repair({version})`, and roll back again"

    redone()
    "the way back is done: correct it, and `Migrator::up` applies it; another `Goal::Redo` would roll back what is below it"

    redone_partly()
    "the way back is done: go on with `Migrator::up`, and not with `Goal::Redo`"

    untrusted(table: &str, list: &str)
    "refused: the history {table} cannot be trusted, so nothing more is written to it; as its owner or a superuser look at each of these, and if nobody needs it, run what is below it:{list}"

    made_otherwise(table: &str, list: &str, repairs: &str)
    "refused, and nothing was made: the tables of the history {table} would not be as pgstrata makes them; probably an event trigger changes each new table:{list}\n  as a superuser let the event trigger leave these tables out, or disable it for the first run:{repairs}"

    sequence(table: &str, last: i64, newest: i64, repair: &str)
    "refused: the history {table} cannot number the next attempt; as its owner or a superuser run what is below:\n  - the sequence of its column attempt is at {last}, and its tables go up to {newest}, as after a restore or a replication of rows alone\n    {repair}"

    not_upgradable(table: &str, from: i32, to: i32, list: &str)
    "refused before anything was written: a run has to upgrade the history {table} from layout {from} to {to}, which this role may not; run it once as the owner of the tables, or run what is below each of these:{list}"

    lacking(list: &str)
    "\n  as the owner or a superuser, give this role what it needs:{list}"

    history_locked(history: &str, waited: &str, by: &str)
    "another session kept a lock on the history {history} for {waited}{by}\n  let it finish and run again"

    stored_down(label: &str, sql: &str, sha256: &str)
    "{label} would be rolled back by text from the history, since this program has no down script with the same checksum; anyone who may write to the history may have changed it:{sql}\nif this is what should run, accept its SHA-256: `Migrator::stored_down` with {sha256}"

    twice(table: &str, one: &str, other: &str)
    "{table} has two rows of one version, {one} and {other}: its unique constraint was dropped; look at both, delete the wrong one, and add the constraint again: ALTER TABLE {table} ADD UNIQUE (version);"

    hole(missing: &str, has: &str, then: &str, now: &str)
    "stopped, and nothing more was done: the connection was lost, and the server that answers now lacks what this run has seen; a standby that was behind has probably taken over, or the history was changed meanwhile\n  seen by this run, and missing now:{missing}\n  the history has now: {has}\n  the server was: {then}\n  the server is now: {now}\n  compare both servers; where the old one is given up, run again: what is missing is applied here again, in its order"

    overtaken(told: &str, has: &str)
    "stopped, and nothing more was done: while the connection was lost, another program changed what this run had seen:{told}\n  the history has now: {has}\n  look at `Migrator::status`; run again, and what is pending then is applied in its order"

    other_server(then: &str, now: &str)
    "stopped, and nothing more was done: the connection was lost, and another server answers now, on which this run cannot go on\n  the server was: {then}\n  the server is now: {now}\n  make sure that the address leads to the primary that holds the newest data, look at its history with `Migrator::status`, and run again"

    other_product(name: &dyn Display)
    "refused before anything was written: this server is {name}, not PostgreSQL; a run needs advisory locks and transactional schema changes as PostgreSQL has them; connect to a PostgreSQL server"

    citus_worker()
    "refused before anything was written: this server is a Citus worker; connect to the coordinator, which changes the schema on its workers"

    no_answer()
    "connecting again failed: the server gave no answer"

    given_up(label: &str)
    "the connection no longer answered at the deadline and was given up\n  the history shows that nothing of {label} was committed; run again"

    given_up_begun(label: &str)
    "the connection no longer answered at the deadline and was given up\n  the history shows how far {label} has come; the next run goes on from there"

    not_confirmed()
    "committed here, but no standby has confirmed it: a failover now would lose it; start the synchronous standby (synchronous_standby_names)"

    deadline_passed(label: &str)
    "the run's deadline has passed, and nothing more of {label} is begun; what is done stays, and the next run goes on from there"

    stands()
    "`Migrator::status` shows where the database stands"
}
