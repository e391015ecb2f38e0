DROP VIEW known;
--^^^^^^^^^^^^^ `known` is dropped, and something may still use it
DROP MATERIALIZED VIEW total;
--^^^^^^^^^^^^^^^^^^^^^^^^^^ `total` is dropped, and something may still use it
DROP FUNCTION touch();
--^^^^^^^^^^^^^^^^^^^ `touch` is dropped, and something may still use it
DROP SEQUENCE number;
--^^^^^^^^^^^^^^^^^^ `number` is dropped, and something may still use it
DROP INDEX account_email;
--^^^^^^^^^^^^^^^^^^^^^^ `account_email` is dropped, and something may still use it
DROP TRIGGER account_touch ON account;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `account_touch` is dropped, and something may still use it
DROP POLICY mine ON account;
--^^^^^^^^^^^^^^^^^^^^^^^^^ `mine` is dropped, and something may still use it
DROP RULE other ON account;
--^^^^^^^^^^^^^^^^^^^^^^^^ `other` is dropped, and something may still use it
-- or:
DROP VIEW lost;
--^^^^^^^^^^^^ `lost` is dropped, and something may still use it
CREATE VIEW other AS SELECT 1;
CREATE FUNCTION lost() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE INDEX lost ON account (email);
-- or:
DROP INDEX lost;
--^^^^^^^^^^^^^ `lost` is dropped, and something may still use it
CREATE INDEX other ON account (email);
