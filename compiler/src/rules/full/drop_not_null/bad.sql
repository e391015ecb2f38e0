CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ALTER COLUMN id DROP NOT NULL;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ readers of `id` do not expect NULL
