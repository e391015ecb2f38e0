//! What developers do with the files: make them, seal them, look at them.

pub(crate) mod new;
pub(crate) mod lock;
pub(crate) mod list;
pub(crate) mod graph;
pub(crate) mod info;
