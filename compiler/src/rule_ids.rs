//! The ids of rules that a build without the feature `full` does not ask: a file may allow them all the same.

use std::sync::OnceLock;

/// Of the rules in `full`, in their order: each module there is called as its rule.
pub(crate) fn ids_of_full() -> &'static [String] {
    static IDS: OnceLock<Vec<String>> = OnceLock::new();
    IDS.get_or_init(|| {
        let modules = include_str!("rules/full.rs").lines();
        let modules = modules.filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
        modules.map(|name| name.replace('_', "-")).collect()
    })
}
