CREATE SCHEMA audit;
-- then:
DROP SCHEMA audit;
--^^^^^^^^^^^^^^^ this drops a schema that was there before
DROP TYPE mood;
--^^^^^^^^^^^^ this drops a type that was there before
DROP DOMAIN email;
--^^^^^^^^^^^^^^^ this drops a domain that was there before
CREATE TYPE fresh AS ENUM ('good');
DROP TYPE fresh, flavour;
--^^^^^^^^^^^^^^^^^^^^^^ this drops a type that was there before
