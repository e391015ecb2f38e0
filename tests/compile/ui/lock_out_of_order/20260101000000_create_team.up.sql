CREATE TABLE team (id bigint);
