CREATE TABLE account (id bigint PRIMARY KEY, name text, n integer NOT NULL DEFAULT 0, spare text);
INSERT INTO account (id, name) SELECT i, 'name ' || i FROM generate_series(1, 50) AS i;
INSERT INTO ran (what) VALUES ('up 1');
