CREATE TABLE account (id integer PRIMARY KEY, age smallint);
--                    ^^ `id` ends at the largest number of its type
--                                            ^^^ `age` ends at the largest number of its type
ALTER TABLE account ADD COLUMN team serial;
--                             ^^^^ `team` ends at the largest number of its type
