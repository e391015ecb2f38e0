CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD COLUMN token uuid DEFAULT gen_random_uuid();
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every row is written anew to hold `token`
ALTER TABLE account ADD COLUMN number bigserial;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^ every row is written anew to hold `number`
ALTER TABLE account ADD COLUMN rank bigint GENERATED ALWAYS AS IDENTITY;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every row is written anew to hold `rank`
ALTER TABLE account ADD COLUMN host text GENERATED ALWAYS AS (lower(email)) STORED;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every row is written anew to hold `host`
ALTER TABLE account ALTER COLUMN host SET EXPRESSION AS (upper(email));
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every row is written anew to hold `host`
ALTER TABLE account ALTER host SET EXPRESSION AS (upper(email));
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every row is written anew to hold `host`
