CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER SEQUENCE account_id_seq RESTART WITH 100;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ new rows get other numbers from here on
SELECT setval('account_id_seq', 100);
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ new rows get other numbers from here on
ALTER TABLE account ALTER COLUMN id SET GENERATED ALWAYS;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ new rows get other numbers from here on
ALTER TABLE account ALTER id ADD GENERATED ALWAYS AS IDENTITY;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ new rows get other numbers from here on
ALTER TABLE account ALTER id DROP IDENTITY;
--                  ^^^^^^^^^^^^^^^^^^^^^^ new rows get other numbers from here on
ALTER TABLE account ALTER id RESTART WITH 100;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^ new rows get other numbers from here on
