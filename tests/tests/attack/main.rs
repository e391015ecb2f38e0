//! A role that may create in a schema of the search path lies in wait for every operator, function,
//! type and table that our queries name; a superuser runs everything, and none of it is called.

#![allow(
    clippy::unwrap_used,
    reason = "clippy knows only functions marked as tests, not their helpers"
)]

#[path = "../database/support.rs"]
#[allow(dead_code, reason = "the tests of behaviour use all of it")]
mod support;

#[path = "../faults/proxy.rs"]
mod proxy;

mod ours;
mod mallory;
mod server;

mod verbs;
mod tools;
