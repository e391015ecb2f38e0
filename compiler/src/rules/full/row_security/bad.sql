CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
CREATE POLICY mine ON account USING (true);
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ other rows are seen from here on
ALTER POLICY mine ON account TO reader;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ other rows are seen from here on
ALTER TABLE account ENABLE ROW LEVEL SECURITY;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^ other rows are seen from here on
ALTER TABLE account NO FORCE ROW LEVEL SECURITY;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^ other rows are seen from here on
