DROP TABLE early;
