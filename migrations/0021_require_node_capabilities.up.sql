-- Makes node_registrations.capabilities NOT NULL. PostgreSQL takes the check
-- proved by 0020 as evidence and does not read the table. The check stays:
-- putting it back on the way down would mean reading the table under a lock.
-- Depends on that validation.
-- pgstrata: requires 0020

ALTER TABLE node_registrations
    ALTER COLUMN capabilities SET NOT NULL;
