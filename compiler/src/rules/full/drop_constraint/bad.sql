CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account DROP CONSTRAINT account_pkey;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `account_pkey` does not hold any more
ALTER TABLE account DROP CONSTRAINT made_elsewhere;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `made_elsewhere` does not hold any more
