CREATE VIEW known AS SELECT 1;
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- then:
CREATE OR REPLACE VIEW known AS SELECT 2;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ users of `known` get another one
CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ users of `one` get another one
