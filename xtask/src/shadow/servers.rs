//! Which throw-away servers to start.

/// The versions that were named, or else the newest one there is.
pub(crate) fn majors(named: &[u32]) -> Vec<Option<u32>> {
    match named {
        [] => vec![None],
        named => named.iter().copied().map(Some).collect(),
    }
}
