//! PostgreSQL schema migrations that are compiled into your program.
//!
//! [`Migrator`] takes a list of [`Migrations`] and a `postgres::Client`, and promises:
//!
//! * a transactional migration and its row in the history commit together or not at all;
//! * the row is claimed first, by an insert that raises on conflict, so that every
//!   migration is applied once however many programs start at the same time;
//! * everything is validated before the first write, and all faults come in one [`Error`];
//! * down scripts are stored with the history, so an older program can undo a newer one.

mod migration;

mod error;
mod event;
mod plan;
mod status;
mod validate;

mod own;

mod claim;
mod history;
mod lock;
mod needs;
mod seen;
mod stand_in;
mod watch;
mod session;
mod ends;
mod stored;

mod code;
mod execute;
mod failures;
mod outside;
mod recover;
mod run;
mod steps;
mod work;

mod migrator;

mod advice;
mod backoff;
mod explain;
mod sql;

pub use code::Hook;
pub use error::Error;
pub use event::{Blocker, Event, Observer};
pub use migration::*;
pub use migrator::Migrator;
pub use pgstrata_macros::embed_migrations;
pub use plan::{Action, Direction, Goal, HeldBack, Plan, Report, Step};
pub use session::connect;
pub use status::{State, Status};
pub use stored::StoredDown;
pub use validate::{Fault, Finding};

/// For code that `embed_migrations!` writes; not a part of the public interface.
#[doc(hidden)]
pub mod __private_0_1 {
    pub use crate::migration::*;
    pub use core::option::Option;
    pub use core::time::Duration;
}
