CREATE TABLE account (id bigint, email text);
ALTER TABLE account DROP COLUMN email;
