CREATE TABLE account (id bigint, email text);
CREATE INDEX account_email ON account (email);
CREATE INDEX account_team ON account (team);
-- then:
CREATE UNIQUE INDEX account_one_email ON account (email);
CREATE INDEX account_lower ON account (lower(email));
CREATE INDEX account_some ON account (email) WHERE id > 0;
CREATE INDEX account_other_team ON account (team);
DROP INDEX account_team;
CREATE INDEX IF NOT EXISTS account_email ON account (email);
CREATE INDEX ON account (email);
-- its down file:
CREATE INDEX account_third ON account (email);
-- or:
CREATE TABLE account (id bigint, email text);
CREATE INDEX account_email ON account (email);
-- then:
DO $$ BEGIN DROP INDEX account_email; END $$;
CREATE INDEX account_mail ON account (email);
