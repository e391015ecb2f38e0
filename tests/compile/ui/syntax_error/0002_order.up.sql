CREATE TABLE purchase (
    id bigint PRIMARY KEY
    total numeric NOT NULL
);
