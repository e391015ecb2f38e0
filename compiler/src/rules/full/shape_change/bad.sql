CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD COLUMN name text;
--                  ^^^^^^^^^^^^^^^^^^^^ readers of the version before do not know this
ALTER TYPE mood ADD VALUE 'fair';
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ readers of the version before do not know this
ALTER TYPE point ADD ATTRIBUTE z int;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ readers of the version before do not know this
