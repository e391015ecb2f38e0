CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
INSERT INTO account VALUES (1, 'a', 1) ON CONFLICT DO NOTHING;
