//! What the runtime is known to do wrong: generated, and left out of what is run, each with its
//! reason. Empty lists are the aim.

use crate::program::Ended;
use crate::state::State;
use crate::verb::Verb;

/// Faults, by name.
pub(crate) const KNOWN_FAULTS: &[(&str, &str)] = &[];

/// Verbs, by name, over a file without a transaction that was interrupted.
pub(crate) const KNOWN_INTERRUPTED: &[(&str, &str)] = &[];

/// Whether the runtime is known to go wrong here.
pub(crate) fn is_known(verb: Verb, state: &State) -> bool {
    let is_listed = |(name, _): &(&str, &str)| *name == verb.name();
    state.is_interrupted() && KNOWN_INTERRUPTED.iter().any(is_listed)
}

/// What a run leaves in the session, by what its error says.
pub(crate) const KNOWN_TO_LEAVE: &[(&str, &str)] = &[];

/// Whether the runtime is known to leave something here.
pub(crate) fn is_known_to_leave(ended: &Ended) -> bool {
    let mut all = KNOWN_TO_LEAVE.iter();
    all.any(|(text, _)| ended.error.starts_with(text))
}
