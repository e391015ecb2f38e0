CREATE TABLE event (at date) PARTITION BY RANGE (at);
-- then:
ALTER TABLE event DETACH PARTITION event_2024;
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^ `event` is locked (ACCESS EXCLUSIVE) to detach its partition: nobody can read or write it
-- or:
CREATE TABLE event (at date) PARTITION BY RANGE (at);
CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE event_rest PARTITION OF event DEFAULT;
-- then:
ALTER TABLE event DETACH PARTITION event_2024;
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^ `event` is locked (ACCESS EXCLUSIVE) to detach its partition: nobody can read or write it
-- or:
CREATE TABLE event (at date) PARTITION BY RANGE (at);
CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE event_rest PARTITION OF event DEFAULT;
-- then:
-- pgstrata: no-transaction
ALTER TABLE event DETACH PARTITION event_2024 CONCURRENTLY;
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `event` has a default partition, `event_rest`, and PostgreSQL refuses CONCURRENTLY then
