CREATE TABLE account (id bigint PRIMARY KEY, name text);
