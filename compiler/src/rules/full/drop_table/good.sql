CREATE TABLE scratch (id bigint);
DROP TABLE scratch;
DROP VIEW known;
-- its down file:
DROP TABLE account;
-- or:
CREATE TABLE account (id bigint);
-- its down file:
DROP TABLE account;
