CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
ALTER TABLE account ALTER COLUMN id DROP NOT NULL;
-- then:
ALTER TABLE account ALTER COLUMN email SET NOT NULL;
-- its down file:
ALTER TABLE account ALTER COLUMN email DROP NOT NULL;
