INSERT INTO {events} (attempt, action, version, label, reason, program, list_digest)
VALUES ({attempt}, 'repaired', {version}, {label}, {reason}, {program}, {list_digest});
-- A new number, so that the same version can be repaired again.
UPDATE {history} SET attempt = DEFAULT, label = {label}, checksum_algorithm = {algorithm},
    up_checksum = {up_checksum}, down_checksum = {down_checksum}, down_sql = {down_sql},
    down_starts = {down_starts}, down_ends = {down_ends}, down_lines = {down_lines},
    down_concurrent = {down_concurrent}, down_transactional = {down_transactional},
    down_lock_timeout_ms = {down_lock_timeout}, down_statement_timeout_ms = {down_statement_timeout},
    down_targets = {down_targets}, down_code = {down_code}, irreversible = {irreversible}
WHERE version = {version} AND attempt = {attempt};
