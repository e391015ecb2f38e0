CREATE TABLE account (settings json);
--                    ^^^^^^^^ `settings` has no equality
ALTER TABLE account ADD COLUMN marks json NOT NULL;
--                             ^^^^^ `marks` has no equality
