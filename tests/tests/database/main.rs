//! What the runtime promises, against a real PostgreSQL: one behaviour a file.
//!
//! The server is a throw-away one; `$PGSTRATA_TEST_URL` names another.

#![allow(
    clippy::unwrap_used,
    reason = "clippy knows only functions marked as tests, not their helpers"
)]

mod support;

#[path = "../faults/proxy.rs"]
mod proxy;

mod adopting;
mod advice;
mod again;
mod apply;
mod atomic;
mod batches;
mod bouncer;
mod caller_transaction;
mod code;
mod concurrent_index;
mod connection_lost;
mod deferred;
mod down_stored;
mod encodings;
mod error_cases;
mod error_texts;
mod failing_statement;
mod failures;
mod following;
mod guarded_writes;
mod history_names;
mod hooks;
mod in_use;
mod interrupted;
mod languages;
mod layouts;
mod limits;
mod lock;
mod lock_timeout;
mod misplaced;
mod no_transaction;
mod optional;
mod other_servers;
mod own_objects;
mod owners;
mod permissions;
mod phases;
mod pooled_conditions;
mod pooler;
mod processes;
mod read_only_verbs;
mod recovery;
mod repeatables;
mod requirements;
mod rollbacks;
mod round_trips;
mod row_security;
mod server_log;
mod settings;
mod session_mishaps;
mod session_path;
mod session_state;
mod together;
mod tokio;
mod trust;
mod validation;
mod verbs;
mod verifying;
mod watched;
