-- The first error comes first: what is in the way here is not told, and no standby is waited for.
SELECT pg_catalog.set_config('synchronous_commit', 'local', true)
WHERE pg_catalog.current_setting('synchronous_commit') <> 'off';
DO {quote}
BEGIN
    IF pg_catalog.has_table_privilege(pg_catalog.to_regclass({failures_text})::pg_catalog.oid, 'INSERT') THEN
        LOCK TABLE ONLY {failures} IN ROW EXCLUSIVE MODE;
        -- As it was inspected, or it is not written to: a trigger for each statement runs without a row, too.
        IF EXISTS (
            SELECT FROM pg_catalog.pg_class AS c
            WHERE c.oid = {failures_text}::pg_catalog.regclass AND c.relkind = 'r' AND NOT c.relispartition
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid = c.oid)
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_rewrite AS r WHERE r.ev_class = c.oid)
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits AS i WHERE i.inhparent = c.oid)
              AND NOT pg_catalog.row_security_active(c.oid)
              AND (c.relowner IN ({history_owner}, (SELECT d.datdba FROM pg_catalog.pg_database AS d
                                                    WHERE d.datname = pg_catalog.current_database()))
                   OR EXISTS (SELECT FROM pg_catalog.pg_roles AS r
                              WHERE r.oid = c.relowner AND (r.rolsuper OR r.rolname = current_user)))
        ) THEN
            INSERT INTO {failures} (version, label, action, statement, sqlstate, reason, program, list_digest)
            VALUES ({version}, {label}, {action}, {statement}, {sqlstate}, {reason}, {program}, {list_digest});
        END IF;
    END IF;
EXCEPTION WHEN OTHERS THEN
    NULL;
END
{quote}
