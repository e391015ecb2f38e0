CREATE TABLE account (id bigint, email text);
CREATE UNIQUE INDEX account_id ON account (id);
-- then:
ALTER TABLE account ADD CONSTRAINT account_key PRIMARY KEY USING INDEX account_id;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `id` may hold NULL: every row of `account` is read under ACCESS EXCLUSIVE, and nobody can use it meanwhile
