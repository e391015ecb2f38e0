UPDATE account SET email = '', team = 1, email = 'x' WHERE id = 1;
--                                       ^^^^^ `email` is given a value twice
UPDATE account SET (email, team) = ('', 1), "team" = 2 FROM team;
--                                          ^^^^^^ `team` is given a value twice
INSERT INTO account AS a (id, email, ID) VALUES (1, '', 2);
--                                   ^^ `id` is given a value twice
