DROP TABLE account;
INSERT INTO ran (what) VALUES ('down 1');
