//! PostgreSQL schema migrations that are compiled into your program.
//!
//! [`Migrator`] takes a list of [`Migrations`] and a `postgres::Client`, and promises:
//!
//! * a transactional migration and its row in the history commit together or not at all;
//! * the row is claimed first, by an insert that raises on conflict, so that every
//!   migration is applied once however many programs start at the same time;
//! * everything is validated before the first write, and all faults come in one [`Error`];
//! * down scripts are stored with the history, so an older program can undo a newer one.

mod sql;
mod messages;
mod backoff;

mod sqlstate;
mod database_error;
mod advice;
mod cause;

pub mod embedded;
mod row;
mod capabilities;
mod step;
mod finding;
mod place;
mod backend;
mod server;
mod own;
mod blocker;
mod error;
mod event;
mod prepared_step;
mod explain;
mod product;

mod history;
mod ends;
mod plan;
mod validate;
mod status;

mod seen;
mod watch;
mod wire;

mod layout;
mod read;
mod up_to_date;
mod stored;
mod claim;
mod context;
mod needs;
mod in_use;
mod encoding;
mod draft;

mod settings;
mod fixed;
mod borrowed;
mod lock;
mod executor;
mod execute;
mod recovery;
mod failures;
mod follow;
mod steps;
mod run;
mod verbs;

mod blocking;
mod migrator;

pub use blocker::Blocker;
pub use blocking::{Hook, connect};
pub use database_error::DatabaseError;
pub use embedded::Migrations;
pub use error::Error;
pub use event::{Event, Observer};
pub use finding::{Fault, Finding};
pub use migrator::Migrator;
pub use pgstrata_macros::embed_migrations;
pub use status::{State, Status};
pub use step::{Action, Direction, Goal, HeldBack, Plan, Report, Step};
pub use stored::StoredDown;

/// For code that `embed_migrations!` writes; not a part of the public interface.
#[doc(hidden)]
pub mod __private_0_1 {
    pub use crate::embedded::*;
    pub use core::option::Option;
    pub use core::time::Duration;
}

#[cfg(test)]
mod given;
#[cfg(test)]
mod scripted;
