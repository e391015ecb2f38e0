//! One file a case.

pub(super) mod cold_build;
pub(super) mod rebuild;
pub(super) mod binary;
pub(super) mod start;
pub(super) mod apply;
pub(super) mod distance;
pub(super) mod rollback;
pub(super) mod crowd;
pub(super) mod compiler;
