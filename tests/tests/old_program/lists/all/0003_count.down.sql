UPDATE account SET n = n - 1;
INSERT INTO ran (what) VALUES ('down 3');
