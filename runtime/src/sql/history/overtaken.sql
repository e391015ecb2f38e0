-- Who has rolled a migration back or replaced it since this run saw it. Where its attempt is not known, this
-- run itself has applied it in the session that began at {start}.
SELECT pg_catalog.concat(e.label, ' was ', e.action, ' by ', e.who, ' (', NULLIF(e.application, '') || ', ',
                         pg_catalog.date_trunc('second', e.at), ')') AS told
FROM {events} AS e
WHERE CASE WHEN {version}::bigint IS NULL THEN e.version IS NULL AND e.label = {label} ELSE e.version = {version} END
  AND CASE WHEN {attempt}::bigint IS NULL
           THEN e.action IN ('rolled back', 'repaired')
                AND e.at >= pg_catalog.to_timestamp({start} / 1000000.0)
           ELSE e.attempt > {attempt} OR e.attempt = {attempt} AND e.action IN ('rolled back', 'repaired') END
-- Whoever rolled it back comes before whoever applied it again.
ORDER BY e.action = 'rolled back' DESC, e.at DESC
LIMIT 1
