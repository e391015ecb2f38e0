CREATE TABLE account (id integer PRIMARY KEY, age smallint);
--                    ^^ `id` ends at the largest number of its type
--                                            ^^^ `age` ends at the largest number of its type
ALTER TABLE account ADD COLUMN team serial;
--                             ^^^^ `team` ends at the largest number of its type
CREATE TABLE wide (a int, b int4, c int2, d serial4, e smallserial, f serial2);
--                 ^ `a` ends at the largest number of its type
--                        ^ `b` ends at the largest number of its type
--                                ^ `c` ends at the largest number of its type
--                                        ^ `d` ends at the largest number of its type
--                                                   ^ `e` ends at the largest number of its type
--                                                                  ^ `f` ends at the largest number of its type
