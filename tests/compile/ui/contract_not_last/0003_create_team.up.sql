CREATE TABLE team (id bigint PRIMARY KEY);
