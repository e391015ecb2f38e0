CREATE DOMAIN email AS text;
ALTER DOMAIN email ADD CONSTRAINT email_has_at CHECK (VALUE LIKE '%@%');
-- or:
CREATE DOMAIN email AS text;
CREATE DOMAIN unused AS text;
CREATE TABLE account (id bigint, email email);
-- then:
ALTER DOMAIN unused ADD CONSTRAINT unused_check CHECK (VALUE <> '');
ALTER DOMAIN email ADD CONSTRAINT email_has_at CHECK (VALUE LIKE '%@%') NOT VALID;
ALTER DOMAIN email SET DEFAULT '';
ALTER DOMAIN email DROP NOT NULL;
ALTER TYPE email SET NOT NULL;
-- its down file:
ALTER DOMAIN email SET NOT NULL;
