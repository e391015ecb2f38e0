CREATE TABLE account (id bigint);
ALTER TABLE account REPLICA IDENTITY FULL;
-- or:
CREATE TABLE account (id bigint, replica text);
-- then:
ALTER TABLE account ALTER replica SET NOT NULL;
