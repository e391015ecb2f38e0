CREATE TABLE account (id bigint PRIMARY KEY);
COPY account (id) TO STDOUT WITH (FORMAT csv);
