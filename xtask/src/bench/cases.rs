//! One file a case.

pub(super) mod cold_build;
pub(super) mod rebuild;
pub(super) mod binary;
pub(super) mod start;
pub(super) mod apply;
pub(super) mod latency;
pub(super) mod rollback;
pub(super) mod concurrent_start;
pub(super) mod compiler;
