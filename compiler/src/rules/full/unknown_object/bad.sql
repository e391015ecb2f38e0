CREATE TABLE account (id bigint PRIMARY KEY, email text);
-- then:
ALTER TABLE acount ADD COLUMN email text;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no earlier migration makes table acount
ALTER TABLE account DROP COLUMN emial;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no earlier migration makes column emial of account
CREATE INDEX acount_email ON acount (email);
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no earlier migration makes table acount
DROP TABLE acount;
--^^^^^^^^^^^^^^^ no earlier migration makes table acount
DROP VIEW known;
--^^^^^^^^^^^^^ no earlier migration makes view known
DROP MATERIALIZED VIEW total;
--^^^^^^^^^^^^^^^^^^^^^^^^^^ no earlier migration makes materialized view total
DROP TYPE mood;
--^^^^^^^^^^^^ no earlier migration makes type mood
-- or:
CREATE SCHEMA audit;
CREATE TABLE audit.log (id bigint);
-- then:
ALTER TABLE audit.logs ADD COLUMN at timestamptz;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no earlier migration makes table audit.logs
-- or:
CREATE SCHEMA audit;
CREATE TABLE audit.log (id bigint);
-- then:
SET LOCAL search_path = audit, public;
ALTER TABLE logs ADD COLUMN at timestamptz;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no earlier migration makes table audit.logs
-- or:
CREATE SCHEMA audit;
CREATE TABLE audit.log (id bigint);
-- then:
ALTER TABLE audit.log DROP COLUMN "At";
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no earlier migration makes column At of audit.log
