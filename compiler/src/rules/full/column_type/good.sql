CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint, born timestamp);
-- then:
ALTER TABLE account ALTER COLUMN email TYPE varchar(200);
ALTER TABLE account ALTER COLUMN email TYPE text;
ALTER TABLE account ALTER COLUMN team TYPE bigint;
SET LOCAL timezone = 'UTC';
ALTER TABLE account ALTER COLUMN born TYPE timestamptz;
-- or:
CREATE TABLE account (price numeric(10,2), net cidr, flags varbit(5), at timestamptz(3), length interval(3));
-- then:
ALTER TABLE account ALTER COLUMN price TYPE numeric(12,2), ALTER COLUMN net TYPE inet, ALTER COLUMN flags TYPE varbit(10);
ALTER TABLE account ALTER COLUMN at TYPE timestamptz, ALTER COLUMN length TYPE interval(6), ALTER COLUMN price TYPE numeric;
-- or:
CREATE DOMAIN plain AS text;
CREATE TABLE account (email varchar(100), name text, code plain, price numeric(10,2), address cidr, flags varbit(5), lasts interval(3), at timestamptz(3));
-- then:
ALTER TABLE account ALTER COLUMN email TYPE text USING email::text;
ALTER TABLE account ALTER COLUMN name TYPE plain;
ALTER TABLE account ALTER COLUMN code TYPE text COLLATE "C";
ALTER TABLE account ALTER COLUMN price TYPE numeric(12,2);
ALTER TABLE account ALTER COLUMN address TYPE inet;
ALTER TABLE account ALTER COLUMN flags TYPE varbit(10);
ALTER TABLE account ALTER COLUMN lasts TYPE interval(6);
ALTER TABLE account ALTER COLUMN at TYPE timestamptz;
