-- The locks that the PostgreSQL manual documents, written down by hand from the pages that are
-- named, for majors 13, 15 and 18. Each statement is a migration of its own, and they run in this
-- order, behind the first one. `--> table MODE` says what it locks of what was there before; with
-- `since 14` this is so from that major on, and before it either what `before 14` says or the
-- statement is not there. `outside` is a statement
-- that refuses to run in a transaction.

-- Explicit Locking, Table-Level Locks: what queries and changes of rows take.
CREATE TABLE summary AS SELECT id, age FROM customer;
--> customer ACCESS SHARE
CREATE MATERIALIZED VIEW totals AS SELECT age, count(*) AS number FROM customer GROUP BY age;
--> customer ACCESS SHARE
INSERT INTO plain (id) SELECT 1000000;
--> plain ROW EXCLUSIVE
UPDATE plain SET note = 'x' WHERE id = 1;
--> plain ROW EXCLUSIVE
DELETE FROM plain WHERE id = 2;
--> plain ROW EXCLUSIVE
MERGE INTO plain USING (SELECT 3 AS id) AS new ON new.id = plain.id WHEN MATCHED THEN UPDATE SET note = 'y';
--> since 15: plain ROW EXCLUSIVE

-- The same page, SHARE UPDATE EXCLUSIVE: VACUUM (without FULL), ANALYZE, CREATE INDEX CONCURRENTLY,
-- CREATE STATISTICS, COMMENT ON, REINDEX CONCURRENTLY.
CREATE STATISTICS plain_both ON id, code FROM plain;
--> plain SHARE UPDATE EXCLUSIVE
COMMENT ON TABLE plain IS 'an example';
--> plain SHARE UPDATE EXCLUSIVE
ANALYZE plain;
--> plain SHARE UPDATE EXCLUSIVE
-- outside
VACUUM plain;
--> plain SHARE UPDATE EXCLUSIVE
-- outside
CREATE INDEX CONCURRENTLY plain_code ON plain (code);
--> plain SHARE UPDATE EXCLUSIVE
-- outside
REINDEX TABLE CONCURRENTLY plain;
--> plain SHARE UPDATE EXCLUSIVE
-- DROP INDEX, CONCURRENTLY: without locking out concurrent selects, inserts, updates and deletes.
-- outside
DROP INDEX CONCURRENTLY plain_code;
--> plain SHARE UPDATE EXCLUSIVE

-- The same page, SHARE: CREATE INDEX without CONCURRENTLY. REINDEX, Notes: locks out writes but not
-- reads of the index's parent table.
CREATE INDEX plain_code ON plain (code);
--> plain SHARE
CREATE UNIQUE INDEX plain_id ON plain (id);
--> plain SHARE
REINDEX TABLE plain;
--> plain SHARE

-- The same page, SHARE ROW EXCLUSIVE: CREATE TRIGGER and some forms of ALTER TABLE; that page,
-- Notes: adding a foreign key takes it on both tables, and DISABLE/ENABLE TRIGGER takes it.
CREATE TRIGGER touched BEFORE UPDATE ON plain FOR EACH ROW EXECUTE FUNCTION touch();
--> plain SHARE ROW EXCLUSIVE
ALTER TABLE plain DISABLE TRIGGER touched;
--> plain SHARE ROW EXCLUSIVE
ALTER TABLE plain ENABLE TRIGGER touched;
--> plain SHARE ROW EXCLUSIVE
ALTER TABLE invoice ADD CONSTRAINT invoice_customer FOREIGN KEY (customer) REFERENCES customer (id);
--> customer SHARE ROW EXCLUSIVE, invoice SHARE ROW EXCLUSIVE
ALTER TABLE line ADD CONSTRAINT line_invoice FOREIGN KEY (invoice) REFERENCES invoice (id) NOT VALID;
--> invoice SHARE ROW EXCLUSIVE, line SHARE ROW EXCLUSIVE
-- CREATE TABLE, REFERENCES: the addition of a foreign key requires it on the referenced table.
CREATE TABLE piece (plain bigint REFERENCES customer (id));
--> customer SHARE ROW EXCLUSIVE

-- The same page, EXCLUSIVE: REFRESH MATERIALIZED VIEW CONCURRENTLY.
CREATE UNIQUE INDEX totals_age ON totals (age);
--> totals SHARE
REFRESH MATERIALIZED VIEW CONCURRENTLY totals;
--> customer ACCESS SHARE, totals EXCLUSIVE

-- ALTER TABLE, Description: forms that need SHARE UPDATE EXCLUSIVE only; VALIDATE CONSTRAINT of a
-- foreign key also ROW SHARE on the table that it leads to.
ALTER TABLE line VALIDATE CONSTRAINT line_invoice;
--> invoice ROW SHARE, line SHARE UPDATE EXCLUSIVE
ALTER TABLE plain ALTER COLUMN code SET STATISTICS 100;
--> plain SHARE UPDATE EXCLUSIVE
ALTER TABLE plain SET (fillfactor = 90);
--> plain SHARE UPDATE EXCLUSIVE
ALTER TABLE plain CLUSTER ON plain_code;
--> plain SHARE UPDATE EXCLUSIVE
-- The same, ATTACH PARTITION: SHARE UPDATE EXCLUSIVE on the parent, ACCESS EXCLUSIVE on the new
-- partition.
ALTER TABLE event ATTACH PARTITION event_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
--> event SHARE UPDATE EXCLUSIVE, event_2025 ACCESS EXCLUSIVE
-- The same, DETACH PARTITION: with CONCURRENTLY, since PostgreSQL 14, a reduced lock on the parent;
-- without it ACCESS EXCLUSIVE on both.
-- outside
ALTER TABLE event DETACH PARTITION event_2025 CONCURRENTLY;
--> since 14: event SHARE UPDATE EXCLUSIVE, event_2025 ACCESS EXCLUSIVE
-- PostgreSQL 13's page does not speak of the partition: its ATExecDetachPartition in tablecmds.c does.
ALTER TABLE event DETACH PARTITION event_2024;
--> since 14: event ACCESS EXCLUSIVE, event_2024 ACCESS EXCLUSIVE
--> before 14: event ACCESS EXCLUSIVE, event_2024 SHARE UPDATE EXCLUSIVE
-- CREATE TABLE, PARTITION OF: ACCESS EXCLUSIVE on the parent.
CREATE TABLE event_2026 PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
--> event ACCESS EXCLUSIVE
-- DROP TABLE of a partition: CREATE TABLE, the same place, says that it locks the parent, too.
DROP TABLE event_2026;
--> event ACCESS EXCLUSIVE, event_2026 ACCESS EXCLUSIVE

-- ALTER TABLE, Description: ACCESS EXCLUSIVE unless explicitly noted.
ALTER TABLE plain ADD COLUMN extra int;
--> plain ACCESS EXCLUSIVE
ALTER TABLE plain ADD COLUMN filled int NOT NULL DEFAULT 1;
--> plain ACCESS EXCLUSIVE
ALTER TABLE plain ALTER COLUMN code TYPE bigint;
--> plain ACCESS EXCLUSIVE
ALTER TABLE plain ALTER COLUMN id SET NOT NULL;
--> plain ACCESS EXCLUSIVE
ALTER TABLE plain ALTER COLUMN note SET DEFAULT 'x';
--> plain ACCESS EXCLUSIVE
ALTER TABLE plain ADD CONSTRAINT plain_positive CHECK (id > 0) NOT VALID;
--> plain ACCESS EXCLUSIVE
ALTER TABLE plain VALIDATE CONSTRAINT plain_positive;
--> plain SHARE UPDATE EXCLUSIVE
ALTER TABLE plain ADD CONSTRAINT plain_note CHECK (note <> 'q');
--> plain ACCESS EXCLUSIVE
ALTER TABLE plain ADD CONSTRAINT plain_key PRIMARY KEY USING INDEX plain_id;
--> plain ACCESS EXCLUSIVE
ALTER TABLE plain ADD CONSTRAINT plain_pair UNIQUE (id, code);
--> plain ACCESS EXCLUSIVE
ALTER TABLE plain ADD CONSTRAINT plain_filled NOT NULL extra NOT VALID;
--> since 18: plain ACCESS EXCLUSIVE
ALTER TABLE plain DROP CONSTRAINT plain_note;
--> plain ACCESS EXCLUSIVE
ALTER TABLE plain RENAME COLUMN note TO remark;
--> plain ACCESS EXCLUSIVE
ALTER TABLE plain DROP COLUMN filled;
--> plain ACCESS EXCLUSIVE
ALTER TABLE plain ENABLE ROW LEVEL SECURITY;
--> plain ACCESS EXCLUSIVE
ALTER TABLE summary SET UNLOGGED;
--> summary ACCESS EXCLUSIVE
ALTER TABLE summary SET ACCESS METHOD heap;
--> since 15: summary ACCESS EXCLUSIVE
ALTER TABLE summary RENAME TO overview;
--> summary ACCESS EXCLUSIVE

-- Explicit Locking, ACCESS EXCLUSIVE: DROP TABLE, TRUNCATE, REINDEX, CLUSTER, VACUUM FULL, REFRESH
-- MATERIALIZED VIEW without CONCURRENTLY; LOCK TABLE, which takes it unless another mode is named;
-- DROP INDEX: on the index's table.
REFRESH MATERIALIZED VIEW totals;
--> customer ACCESS SHARE, totals ACCESS EXCLUSIVE
DROP INDEX plain_code;
--> plain ACCESS EXCLUSIVE
LOCK TABLE customer;
--> customer ACCESS EXCLUSIVE
CLUSTER invoice USING invoice_pkey;
--> invoice ACCESS EXCLUSIVE
-- outside
VACUUM (FULL) plain;
--> plain ACCESS EXCLUSIVE
TRUNCATE line;
--> line ACCESS EXCLUSIVE
DROP TABLE overview;
--> overview ACCESS EXCLUSIVE
