CREATE TABLE account (id bigint);
CREATE TABLE team (id bigint);
-- then:
ALTER TABLE account ADD COLUMN seen_at timestamptz;
ALTER TABLE account ADD COLUMN name text;
ALTER TABLE team ADD COLUMN name text;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `team` is locked while `account` is locked, too
