CREATE TABLE account (id bigint);
TRUNCATE account;
-- or:
CREATE TABLE account (id bigint);
-- then:
DELETE FROM account;
-- its down file:
TRUNCATE account;
