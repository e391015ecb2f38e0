//! What finds a bad migration before production does: on the files, on throw-away servers, in a pipeline.

pub(crate) mod check;
pub(crate) mod rehearse;
pub(crate) mod trace;
pub(crate) mod ci;
