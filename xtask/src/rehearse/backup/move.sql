CREATE SCHEMA {home};
ALTER TABLE {schema}.{table} SET SCHEMA {home};
ALTER TABLE {schema}.{events} SET SCHEMA {home};
ALTER TABLE {home}.{table} RENAME TO history;
ALTER TABLE {home}.{events} RENAME TO history_events;
