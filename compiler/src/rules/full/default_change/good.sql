CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
ALTER TABLE account ALTER COLUMN email SET DEFAULT '';
-- then:
ALTER TABLE account ADD COLUMN name text;
ALTER TABLE account ALTER COLUMN name SET DEFAULT '';
ALTER TABLE account DROP expression;
ALTER TABLE account ALTER COLUMN email DROP NOT NULL;
-- its down file:
ALTER TABLE account ALTER COLUMN email DROP DEFAULT;
