CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD COLUMN token uuid DEFAULT gen_random_uuid();
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every row of `account` is rewritten under ACCESS EXCLUSIVE to hold `token`: nobody can read or write it meanwhile
ALTER TABLE account ADD COLUMN number bigserial;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^ every row of `account` is rewritten under ACCESS EXCLUSIVE to hold `number`: nobody can read or write it meanwhile
ALTER TABLE account ADD COLUMN rank bigint GENERATED ALWAYS AS IDENTITY;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every row of `account` is rewritten under ACCESS EXCLUSIVE to hold `rank`: nobody can read or write it meanwhile
ALTER TABLE account ADD COLUMN host text GENERATED ALWAYS AS (lower(email)) STORED;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every row of `account` is rewritten under ACCESS EXCLUSIVE to hold `host`: nobody can read or write it meanwhile
ALTER TABLE account ALTER COLUMN host SET EXPRESSION AS (upper(email));
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every row of `account` is rewritten under ACCESS EXCLUSIVE to hold `host`: nobody can read or write it meanwhile
ALTER TABLE account ALTER host SET EXPRESSION AS (upper(email));
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every row of `account` is rewritten under ACCESS EXCLUSIVE to hold `host`: nobody can read or write it meanwhile
-- or:
CREATE TABLE account (id bigint PRIMARY KEY);
CREATE DOMAIN email AS text CHECK (VALUE <> '');
CREATE DOMAIN token AS uuid DEFAULT gen_random_uuid();
CREATE DOMAIN given AS int;
ALTER DOMAIN given ADD CONSTRAINT given_high CHECK (VALUE > 0);
CREATE FUNCTION ticket() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
CREATE FUNCTION lot() RETURNS float LANGUAGE sql AS 'SELECT random()';
-- then:
ALTER TABLE account ADD COLUMN email email;
--                  ^^^^^^^^^^^^^^^^^^^^^^ every row of `account` is rewritten under ACCESS EXCLUSIVE to hold `email`: nobody can read or write it meanwhile
ALTER TABLE account ADD COLUMN token token;
--                  ^^^^^^^^^^^^^^^^^^^^^^ every row of `account` is rewritten under ACCESS EXCLUSIVE to hold `token`: nobody can read or write it meanwhile
ALTER TABLE account ADD COLUMN given given;
--                  ^^^^^^^^^^^^^^^^^^^^^^ every row of `account` is rewritten under ACCESS EXCLUSIVE to hold `given`: nobody can read or write it meanwhile
ALTER TABLE account ADD COLUMN ticket int DEFAULT ticket();
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every row of `account` is rewritten under ACCESS EXCLUSIVE to hold `ticket`: nobody can read or write it meanwhile
ALTER TABLE account ADD COLUMN lot float DEFAULT lot();
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every row of `account` is rewritten under ACCESS EXCLUSIVE to hold `lot`: nobody can read or write it meanwhile
ALTER TABLE account ADD COLUMN sorted uuid DEFAULT uuidv7();
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every row of `account` is rewritten under ACCESS EXCLUSIVE to hold `sorted`: nobody can read or write it meanwhile
ALTER TABLE account ADD COLUMN number bigserial UNIQUE;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every row of `account` is rewritten under ACCESS EXCLUSIVE to hold `number`: nobody can read or write it meanwhile
