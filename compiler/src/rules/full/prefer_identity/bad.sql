CREATE TABLE account (id bigserial PRIMARY KEY);
--                    ^^ `id` has a sequence of its own
ALTER TABLE account ADD COLUMN team serial;
--                             ^^^^ `team` has a sequence of its own
CREATE TABLE wide (a serial2, b serial4, c serial8, d smallserial);
--                 ^ `a` has a sequence of its own
--                            ^ `b` has a sequence of its own
--                                       ^ `c` has a sequence of its own
--                                                  ^ `d` has a sequence of its own
