CREATE TABLE account (id bigint);
ALTER TABLE account INHERIT being;
-- or:
CREATE TABLE account (id bigint);
-- then:
ALTER TABLE account ADD CHECK (id > 0) NO INHERIT NOT VALID;
