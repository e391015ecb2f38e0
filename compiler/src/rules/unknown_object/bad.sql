CREATE TABLE account (id bigint PRIMARY KEY, email text);
-- then:
ALTER TABLE acount ADD COLUMN email text;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no earlier migration makes table acount
ALTER TABLE account DROP COLUMN emial;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no earlier migration makes column emial of account
