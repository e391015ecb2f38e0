CREATE TABLE account (id bigint);
