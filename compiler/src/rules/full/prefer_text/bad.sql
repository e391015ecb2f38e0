CREATE TABLE account (email varchar(100), name character varying (20), code char(2), flag character);
--                    ^^^^^ the length of `email` is part of its type
--                                        ^^^^ the length of `name` is part of its type
--                                                                     ^^^^ the length of `code` is part of its type
--                                                                                   ^^^^ the length of `flag` is part of its type
CREATE TABLE wide (a bpchar);
--                 ^ blanks at the end of `a` do not count
