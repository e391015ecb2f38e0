CREATE TABLE account (id bigint);
COPY account (id) FROM stdin;
1
2's
\.
