CREATE DOMAIN plain AS text;
CREATE DOMAIN checked AS text CHECK (VALUE <> '');
CREATE DOMAIN token AS uuid DEFAULT gen_random_uuid();
CREATE DOMAIN one AS int DEFAULT 1;
CREATE DOMAIN filled AS int NOT NULL DEFAULT 1;
CREATE DOMAIN checked_again AS checked;
CREATE DOMAIN token_again AS token;
CREATE DOMAIN loosened AS int;
ALTER DOMAIN loosened ADD CONSTRAINT loosened_check CHECK (VALUE > 0) NOT VALID;
CREATE FUNCTION by_row() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
CREATE FUNCTION once() RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 1; END';
CREATE FUNCTION per_query() RETURNS int LANGUAGE plpgsql STABLE AS 'BEGIN RETURN 1; END';
CREATE FUNCTION inlined() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION inlined_random() RETURNS float LANGUAGE sql AS 'SELECT random()';
CREATE FUNCTION calls_by_row() RETURNS int LANGUAGE sql AS 'SELECT by_row()';
CREATE FUNCTION of_its_owner() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
CREATE FUNCTION with_setting() RETURNS int LANGUAGE sql SET work_mem = '1MB' AS 'SELECT 1';
CREATE FUNCTION of_one(a int) RETURNS int LANGUAGE sql AS $$ SELECT a + 1; $$;
CREATE FUNCTION in_two() RETURNS int LANGUAGE sql AS $$ SELECT 1; SELECT 2 $$;
CREATE FUNCTION safe_once() RETURNS int AS $$ SELECT of_one(1) $$ LANGUAGE sql IMMUTABLE;
CREATE SCHEMA tools;
CREATE FUNCTION tools.by_row() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
CREATE TABLE team (id bigint PRIMARY KEY, name varchar(10) UNIQUE, kind varchar(10));
CREATE FUNCTION of_a_table() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM team';
CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), code varchar(10), team bigint, team_name varchar(10) REFERENCES team (name),
    n int, amount numeric(10,2), price numeric(10,2), at timestamptz(3), label varchar(10), nick varchar(10), note varchar(10), address cidr,
    flags bit(4), other varchar(10), filled loosened,
    CONSTRAINT priced CHECK (price > 0), CONSTRAINT both_known CHECK (n IS NOT NULL OR note IS NOT NULL),
    CONSTRAINT label_and_nick EXCLUDE USING btree (nick WITH =));
ALTER TABLE account ADD CONSTRAINT amounts CHECK (amount > 0) NOT VALID;
CREATE INDEX account_email ON account (lower(email));
CREATE INDEX account_code ON account (id) WHERE code <> '';
CREATE INDEX account_label ON account (label);
CREATE INDEX account_address ON account (address);
CREATE INDEX account_flags ON account (flags);
CREATE TABLE reading (id bigint NOT NULL, at date NOT NULL, kind varchar(10)) PARTITION BY RANGE (at);
CREATE TABLE reading_2024 PARTITION OF reading FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE reading_rest PARTITION OF reading DEFAULT;
CREATE TABLE reading_2025 (id bigint NOT NULL, at date NOT NULL, kind varchar(10));
CREATE TABLE visit (id bigint NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE visit_2024 PARTITION OF visit FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE INDEX visit_at ON visit (at);
CREATE TABLE visit_2025 (id bigint NOT NULL, at date NOT NULL,
    CONSTRAINT of_2025 CHECK (at >= '2025-01-01' AND at < '2026-01-01'));
CREATE TABLE visit_2026 (id bigint NOT NULL, at date NOT NULL,
    CONSTRAINT of_2026 CHECK (at >= '2026-01-01' AND at < '2027-01-01'));
CREATE INDEX visit_2026_by_time ON visit_2026 (at);
CREATE TABLE uses_checked (id bigint, word checked, number one);
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE far (id int, name text) SERVER nowhere;
CREATE UNLOGGED TABLE quick (id int, name text);
CREATE TABLE copied AS SELECT 1 AS id, 'a'::varchar(5) AS name;
INSERT INTO team VALUES (1, 'a', 'a'), (2, 'b', 'b');
INSERT INTO account VALUES (1, 'a', 'a', 1, 'a', 1, 1, 1, now(), 'a', 'a', 'a', '10.0.0.0/8', B'1010', 'a', 1);
INSERT INTO reading VALUES (1, '2024-05-05', 'a'), (2, '2030-01-01', 'b');
INSERT INTO reading_2025 VALUES (1, '2025-05-05', 'a');
INSERT INTO visit VALUES (1, '2024-05-05');
INSERT INTO visit_2025 VALUES (1, '2025-05-05');
INSERT INTO visit_2026 VALUES (1, '2026-05-05');
INSERT INTO uses_checked VALUES (1, 'a', 1);
INSERT INTO quick VALUES (1, 'a');
