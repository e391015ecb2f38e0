SELECT 1 / (SELECT count(*) FROM team);
