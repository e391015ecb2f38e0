DO $pgstrata_optional$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = {name}) THEN
        EXECUTE {statement};
    ELSE
        INSERT INTO {events} (attempt, action, version, label, reason, program)
        SELECT h.attempt, 'skipped statement ' || {number}, h.version, h.label,
               'the server does not have the extension ' || {name}, {program}
        FROM {history} AS h WHERE {row};
        RAISE NOTICE 'skipped, since the server does not have the extension %', {name};
    END IF;
END
$pgstrata_optional$
