CREATE TABLE account (id bigint);
ALTER TABLE account ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON account USING (true);
-- or:
CREATE TABLE account (id bigint);
-- then:
ALTER TABLE account ENABLE TRIGGER ALL;
CREATE TRIGGER level AFTER UPDATE ON account EXECUTE FUNCTION level();
DROP POLICY mine ON account;
-- its down file:
ALTER POLICY mine ON account TO reader;
