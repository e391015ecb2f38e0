CREATE TABLE account (id bigint);
TRUNCATE account;
-- or:
CREATE TABLE account (id bigint);
-- then:
DELETE FROM account;
CREATE TABLE scratch (id bigint);
-- its down file:
TRUNCATE scratch;
