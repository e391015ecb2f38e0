CREATE TABLE account (id bigint NOT NULL, email text);
CREATE UNIQUE INDEX account_id ON account (id);
-- then:
ALTER TABLE account ADD CONSTRAINT account_key PRIMARY KEY USING INDEX account_id;
-- or:
CREATE TABLE account (id bigint, CONSTRAINT account_id_known CHECK (id IS NOT NULL));
CREATE UNIQUE INDEX account_id ON account (id);
-- then:
ALTER TABLE account ADD CONSTRAINT account_key PRIMARY KEY USING INDEX account_id;
-- or:
CREATE TABLE account (id bigint, email text);
CREATE UNIQUE INDEX account_id ON account (id);
CREATE UNIQUE INDEX account_lower ON account (lower(email));
-- then:
ALTER TABLE account ADD CONSTRAINT account_key UNIQUE USING INDEX account_id;
ALTER TABLE account ADD CONSTRAINT account_key PRIMARY KEY USING INDEX account_lower;
ALTER TABLE account ADD CONSTRAINT account_key PRIMARY KEY USING INDEX made_elsewhere;
ALTER TABLE account ADD CONSTRAINT account_key PRIMARY KEY (id);
