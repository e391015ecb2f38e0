CREATE DOMAIN email AS text;
CREATE TABLE account (id bigint, email email);
-- then:
ALTER DOMAIN email ADD CONSTRAINT email_has_at CHECK (VALUE LIKE '%@%');
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every table that uses `email`, such as `account`, is read under SHARE: its writers wait
ALTER DOMAIN email SET NOT NULL;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every table that uses `email`, such as `account`, is read under SHARE: its writers wait
-- or:
CREATE DOMAIN email AS text;
CREATE DOMAIN work_email AS email;
CREATE TABLE account (id bigint, email work_email);
ALTER DOMAIN email ADD CONSTRAINT email_has_at CHECK (VALUE LIKE '%@%') NOT VALID;
-- then:
ALTER DOMAIN email VALIDATE CONSTRAINT email_has_at;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every table that uses `email`, such as `account`, is read under SHARE: its writers wait
