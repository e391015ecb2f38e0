CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ALTER COLUMN email SET NOT NULL;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every row of `account` is read under ACCESS EXCLUSIVE for `email`, and nobody can use it meanwhile
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email text, phone text, CONSTRAINT reachable CHECK (email IS NOT NULL OR phone IS NOT NULL));
-- then:
ALTER TABLE account ALTER COLUMN email SET NOT NULL;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every row of `account` is read under ACCESS EXCLUSIVE for `email`, and nobody can use it meanwhile
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email text, mail text, CONSTRAINT known CHECK (email IS NOT NULL));
-- then:
ALTER TABLE account ALTER COLUMN mail SET NOT NULL;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every row of `account` is read under ACCESS EXCLUSIVE for `mail`, and nobody can use it meanwhile
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email text, CONSTRAINT known CHECK (CASE WHEN id > 0 THEN email IS NOT NULL ELSE true END));
-- then:
ALTER TABLE account ALTER COLUMN email SET NOT NULL;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every row of `account` is read under ACCESS EXCLUSIVE for `email`, and nobody can use it meanwhile
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email text, CONSTRAINT known CHECK (COALESCE(email IS NOT NULL, true)));
-- then:
ALTER TABLE account ALTER COLUMN email SET NOT NULL;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every row of `account` is read under ACCESS EXCLUSIVE for `email`, and nobody can use it meanwhile
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, age int, CONSTRAINT known CHECK (age > 0));
-- then:
ALTER TABLE account ALTER COLUMN age SET NOT NULL;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every row of `account` is read under ACCESS EXCLUSIVE for `age`, and nobody can use it meanwhile
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, age int, CONSTRAINT known CHECK (NOT (age IS NOT NULL AND id < 0)));
-- then:
ALTER TABLE account ALTER COLUMN age SET NOT NULL;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every row of `account` is read under ACCESS EXCLUSIVE for `age`, and nobody can use it meanwhile
-- or:
CREATE TYPE address AS (street text);
CREATE TABLE account (id bigint PRIMARY KEY, home address, CONSTRAINT known CHECK (home IS NOT NULL));
-- then:
ALTER TABLE account ALTER COLUMN home SET NOT NULL;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every row of `account` is read under ACCESS EXCLUSIVE for `home`, and nobody can use it meanwhile
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, email text, phone text);
-- then:
ALTER TABLE account ADD CONSTRAINT email_given NOT NULL email;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every row of `account` is read under ACCESS EXCLUSIVE for `email`, and nobody can use it meanwhile
ALTER TABLE account ADD NOT NULL phone;
--                  ^^^^^^^^^^^^^^^^^^ every row of `account` is read under ACCESS EXCLUSIVE for `phone`, and nobody can use it meanwhile
