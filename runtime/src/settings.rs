//! What becomes of the settings that a role, a database or a session brings. Each that a user or a
//! superuser may set is in one of three lists, by name or by how its name begins (`log_*`).
//!
//! Settings and what they mean: <https://www.postgresql.org/docs/current/runtime-config.html>.

/// Name, value, reason. A run sets these, and gives back what was there: with another value a script would
/// not be the one that was checked, or it would end before its last statement.
/// For the two limits it has values of its own, which each transaction sets.
pub(crate) const FIXED: [(&str, &str, &str); 13] = [
    ("array_nulls", "on", "NULL in the text of an array is NULL"),
    (
        "backslash_quote",
        "safe_encoding",
        "E'\\'' is a quote, as everywhere else",
    ),
    (
        "client_min_messages",
        "notice",
        "progress and what no standby has confirmed come as notices and warnings",
    ),
    (
        "default_transaction_deferrable",
        "off",
        "a transaction begins at once",
    ),
    (
        "default_transaction_isolation",
        "read committed",
        "a statement sees what was committed before it, also where it is a transaction of its own",
    ),
    (
        "idle_in_transaction_session_timeout",
        "0",
        "Rust code between two statements takes its time",
    ),
    (
        "idle_session_timeout",
        "0",
        "between two tries to take a lock the session is idle",
    ),
    (
        "lock_timeout",
        "0",
        "the run's own limit stands in its place",
    ),
    (
        "quote_all_identifiers",
        "off",
        "definitions are compared as text",
    ),
    (
        "standard_conforming_strings",
        "on",
        "a backslash in a literal is a backslash, as when it was checked and its checksum was taken",
    ),
    (
        "statement_timeout",
        "0",
        "the run's own limit stands in its place",
    ),
    (
        "transaction_timeout",
        "0",
        "the run's deadline stands in its place: this one ends the session",
    ),
    ("transform_null_equals", "off", "x = NULL is not x IS NULL"),
];

/// Name, the only values with which a run begins, reason.
#[cfg(test)]
pub(crate) const REFUSED: [(&str, &str, &str); 4] = [
    (
        "client_encoding",
        "UTF8",
        "scripts and the client are UTF-8",
    ),
    (
        "default_transaction_read_only",
        "off",
        "who sets it wants the database to stay as it is, during a move to another server for instance; the server refuses the first write (25006)",
    ),
    (
        "exit_on_error",
        "off",
        "the first error ends the session, such as that there is no history yet",
    ),
    (
        "session_replication_role",
        "origin or local",
        "with replica neither foreign keys nor triggers would look at what scripts write",
    ),
];

/// Name, reason. These reach a script as role, database or session say them.
#[cfg(test)]
pub(crate) const KEPT: [(&str, &str); 81] = [
    ("DateStyle", "the owner's way to write dates"),
    ("IntervalStyle", "the owner's way to write intervals"),
    (
        "TimeZone",
        "a script may say now()::date and mean the owner's day",
    ),
    ("allow_*", "what a superuser allows"),
    ("application_name", "names the program"),
    ("backend_flush_after", "when the system writes"),
    ("backtrace_functions", "what the log says"),
    ("bytea_output", "how bytes are shown"),
    (
        "check_function_bodies",
        "the owner may have functions before what they use",
    ),
    (
        "client_connection_check_interval",
        "set by a run, and given back",
    ),
    ("commit_*", "how commits wait for each other"),
    ("compute_query_id", "what is counted"),
    ("constraint_exclusion", "how queries are planned"),
    ("cpu_*", "how queries are planned"),
    (
        "createrole_self_grant",
        "what a role gets with a role that it makes",
    ),
    ("cursor_tuple_fraction", "how queries are planned"),
    ("deadlock_timeout", "when the server looks for a deadlock"),
    ("debug_*", "what a developer of PostgreSQL looks at"),
    ("default_statistics_target", "how well ANALYZE looks"),
    (
        "default_table_access_method",
        "where the owner wants tables",
    ),
    ("default_tablespace", "where the owner wants tables"),
    ("default_text_search_config", "the owner's language"),
    (
        "default_toast_compression",
        "how the owner wants values compressed",
    ),
    ("dynamic_library_path", "where libraries are"),
    ("effective_*", "how queries are planned"),
    ("enable_*", "how queries are planned"),
    ("escape_string_warning", "a warning in the log"),
    (
        "event_triggers",
        "a superuser may have to switch off one that is broken",
    ),
    ("extension_*", "where extensions are"),
    ("extra_float_digits", "how numbers are shown"),
    ("file_copy_method", "how files are copied"),
    ("force_parallel_mode", "how queries are planned"),
    ("from_collapse_limit", "how queries are planned"),
    ("geqo*", "how queries are planned"),
    ("gin_*", "how indexes are kept"),
    (
        "hash_mem_multiplier",
        "how much memory a statement may take",
    ),
    ("icu_validation_level", "how well a locale is looked at"),
    (
        "ignore_checksum_failure",
        "a superuser reads what is damaged",
    ),
    ("io_*", "how files are read"),
    ("jit*", "how queries are executed"),
    ("join_collapse_limit", "how queries are planned"),
    ("lc_*", "the owner's language"),
    ("lo_compat_privileges", "who may read large objects"),
    ("local_preload_libraries", "what the owner loads"),
    ("log_*", "what the log says"),
    (
        "logical_decoding_work_mem",
        "how much memory decoding may take",
    ),
    (
        "maintenance_*",
        "how much memory an index may take, and how it is read",
    ),
    ("max_parallel_*", "how many workers a statement may have"),
    ("max_stack_depth", "how deep a query may be"),
    ("md5_password_warnings", "a warning"),
    ("min_parallel_*", "how queries are planned"),
    ("operator_precedence_warning", "a warning, up to 13"),
    ("parallel_*", "how queries are planned"),
    ("password_encryption", "how passwords are kept"),
    ("plan_cache_mode", "how queries are planned"),
    ("random_page_cost", "how queries are planned"),
    ("recursive_worktable_factor", "how queries are planned"),
    (
        "restrict_nonsystem_relation_kind",
        "what a query may read; ours read tables",
    ),
    (
        "row_security",
        "what a script sees; our own statements refuse to be filtered",
    ),
    ("scram_iterations", "how passwords are kept"),
    (
        "search_path",
        "where a script's names are; our own statements have another",
    ),
    ("seq_page_cost", "how queries are planned"),
    ("session_preload_libraries", "what the owner loads"),
    ("ssl_renegotiation_limit", "without effect"),
    ("stats_fetch_consistency", "how statistics are read"),
    ("synchronize_seqscans", "where a scan begins"),
    (
        "synchronous_commit",
        "what a commit waits for is the owner's promise",
    ),
    ("tcp_*", "how the connection is kept"),
    ("temp_*", "where temporary tables are, and how large"),
    ("timezone_abbreviations", "the owner's way to write times"),
    ("trace_*", "what the log says"),
    ("track_*", "what is counted"),
    (
        "transaction_deferrable",
        "of one transaction: each says its own",
    ),
    (
        "transaction_isolation",
        "of one transaction: each says its own",
    ),
    (
        "transaction_read_only",
        "of one transaction: its default is what counts",
    ),
    ("update_process_title", "what the system shows"),
    ("vacuum_*", "how VACUUM works"),
    ("wal_*", "what is written to the log of changes, and how"),
    ("work_mem", "how much memory a statement may take"),
    ("xml*", "how XML is written and read"),
    ("zero_damaged_pages", "a superuser reads what is damaged"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_in_one_list() {
        let fixed = FIXED.iter().map(|(name, ..)| name);
        let refused = REFUSED.iter().map(|(name, ..)| name);
        let named: Vec<&str> = fixed.chain(refused).copied().collect();
        let is_kept = |name: &str| {
            KEPT.iter().any(|(kept, _)| match kept.strip_suffix('*') {
                Some(begin) => name.starts_with(begin),
                None => name == *kept,
            })
        };
        for (index, name) in named.iter().enumerate() {
            assert!(!is_kept(name), "{name}");
            assert!(!named[..index].contains(name), "{name}");
        }
    }
}
