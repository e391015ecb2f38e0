CREATE TABLE account (id bigint);
TRUNCATE account;
