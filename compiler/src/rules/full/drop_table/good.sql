CREATE TABLE scratch (id bigint);
DROP TABLE scratch;
DROP VIEW known;
-- its down file:
DROP TABLE account;
