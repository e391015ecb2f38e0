//! The commands, run as a user runs them: exit codes, messages, and what is left behind.

mod support;

mod backup;
mod bad_directories;
mod bad_databases;
mod ci;
mod connections;
mod directory;
mod drift;
mod exact;
mod fingerprint;
mod formats;
mod emergencies;
mod encrypted_server;
mod inventory;
mod embedded;
mod interrupted;
mod lock_amend;
mod lock_rebase;
mod lock_recorded;
mod lookout;
mod plan;
mod postflight;
mod preflight;
mod preflight_server;
mod records;
mod rehearse;
mod rehearse_backup;
mod rehearse_roles;
mod rehearse_rows;
mod rehearse_versions;
mod runbook;
mod runs;
mod syntax;
mod trace;
mod trace_manual;
