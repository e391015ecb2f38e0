UPDATE account SET email = '', team = 1 WHERE email = 'x' AND email = 'y';
UPDATE account SET tags[1] = 'a', tags[2] = 'b', place.x = 1, place.y = 2;
UPDATE account SET team = team.id FROM team, team AS other WHERE team = 1;
UPDATE account SET team = 1 RETURNING id, team = 1, team = 2;
INSERT INTO account (id, email) VALUES (1, '') ON CONFLICT (id) DO UPDATE SET email = '';
INSERT INTO account (SELECT a, a FROM b);
INSERT INTO account (VALUES (1, 1));
INSERT INTO team VALUES (1, 1);
SELECT set, set FROM account;
