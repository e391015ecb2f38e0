ALTER TABLE acount ADD COLUMN email text;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no earlier migration makes table acount
