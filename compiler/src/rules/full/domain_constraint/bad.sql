CREATE DOMAIN email AS text;
-- then:
ALTER DOMAIN email ADD CONSTRAINT email_has_at CHECK (VALUE LIKE '%@%');
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every table that uses `email` is read for this
ALTER DOMAIN email SET NOT NULL;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every table that uses `email` is read for this
