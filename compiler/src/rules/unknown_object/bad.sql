ALTER TABLE acount ADD COLUMN email text;
