CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ALTER COLUMN email SET NOT NULL;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `email` is checked row by row under the strongest lock
