//! What operators do to a database, and what they ask it.

pub(crate) mod consent;
pub(crate) mod plan;
pub(crate) mod preflight;
pub(crate) mod fingerprint;
pub(crate) mod backup;
pub(crate) mod up;
pub(crate) mod down;
pub(crate) mod redo;
pub(crate) mod repair;
pub(crate) mod status;
pub(crate) mod verify;
pub(crate) mod drift;
pub(crate) mod postflight;
pub(crate) mod restore;
