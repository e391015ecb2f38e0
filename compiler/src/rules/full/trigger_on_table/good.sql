CREATE TABLE account (id bigint);
CREATE TRIGGER account_touch BEFORE UPDATE ON account FOR EACH ROW EXECUTE FUNCTION touch();
-- or:
CREATE TABLE account (id bigint);
-- then:
CREATE POLICY mine ON account USING (true);
DROP POLICY mine ON account;
-- its down file:
DROP TRIGGER account_touch ON account;
