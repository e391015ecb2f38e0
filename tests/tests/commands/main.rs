//! The commands, run as a user runs them: exit codes, messages, and what is left behind.

mod support;

#[path = "../faults/proxy.rs"]
#[allow(
    clippy::unwrap_used,
    reason = "what a helper unwraps is part of the test that calls it"
)]
mod proxy;

#[path = "../faults/standby.rs"]
#[allow(
    clippy::unwrap_used,
    dead_code,
    reason = "what a helper unwraps is part of the test that calls it; other tests use the rest"
)]
mod standby;

#[path = "../database/bouncer.rs"]
#[allow(
    clippy::unwrap_used,
    reason = "what a helper unwraps is part of the test that calls it"
)]
mod bouncer;

mod addresses;
mod backup;
mod bad_directories;
mod bad_databases;
mod ci;
mod conditions;
mod connections;
mod deadlines;
mod directory;
mod documents;
mod drift;
mod encodings;
mod exact;
mod fingerprint;
mod formats;
mod held;
mod emergencies;
mod encrypted_server;
mod import;
mod import_tools;
mod inventory;
mod embedded;
mod incidents;
mod interrupted;
#[allow(
    clippy::unwrap_used,
    reason = "what a helper unwraps is part of the test that calls it"
)]
mod interrupted_table;
mod locked_history;
mod lock_amend;
mod lock_rebase;
mod lock_recorded;
mod lock_monitor;
mod output;
mod plan;
mod policies;
mod pooled;
mod postflight;
mod preflight;
mod preflight_history;
mod preflight_server;
mod printed_commands;
mod records;
mod redo;
mod rehearse;
mod rehearse_backup;
mod rehearse_roles;
mod rehearse_rows;
mod rehearse_versions;
mod repeatables;
mod restored_history;
mod rights;
mod runbook;
mod runs;
mod search_paths;
mod several_servers;
mod sql_tests;
mod syntax;
mod tenants;
mod tenants_drift;
mod terminal;
mod trace;
mod trace_manual;
mod untrusted_history;
