CREATE SCHEMA {home};
ALTER TABLE {schema}.{table} SET SCHEMA {home};
ALTER TABLE {schema}.{events} SET SCHEMA {home};
ALTER TABLE {home}.{table} RENAME TO history;
ALTER TABLE {home}.{events} RENAME TO history_events;
-- Histories of earlier layouts have none.
ALTER TABLE IF EXISTS {schema}.{failures} SET SCHEMA {home};
ALTER TABLE IF EXISTS {home}.{failures} RENAME TO history_failed;
