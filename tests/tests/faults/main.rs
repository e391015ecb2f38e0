//! Programs, backends and connections that die at every boundary there is: run again, each
//! migration ends up as in a run that nothing disturbed.

#![allow(
    clippy::unwrap_used,
    reason = "clippy knows only functions marked as tests, not their helpers"
)]

#[path = "../database/support.rs"]
#[allow(dead_code, reason = "the tests of behaviour use all of it")]
mod support;

mod proxy;
mod schema;
mod standby;
mod texts;

mod boundaries;
mod cancels;
mod crashes;
mod failover;
mod messages;
mod overtaken;
mod prepared;
mod silence;
mod synchronous;
