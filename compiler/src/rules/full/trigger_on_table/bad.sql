CREATE TABLE account (id bigint);
-- then:
CREATE TRIGGER account_touch BEFORE UPDATE ON account FOR EACH ROW EXECUTE FUNCTION touch();
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `account` is locked for its trigger
DROP TRIGGER account_count ON account;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `account` is locked for its trigger
