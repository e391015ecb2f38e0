CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE account ADD COLUMN host text GENERATED ALWAYS AS (lower(email)) VIRTUAL;
ALTER TABLE account ADD COLUMN random int DEFAULT 1;
ALTER TABLE account ALTER COLUMN email SET DEFAULT gen_random_uuid();
ALTER TABLE account ALTER COLUMN expression SET STATISTICS 100;
CREATE TABLE team (id bigint);
ALTER TABLE team ADD COLUMN number bigserial;
-- its down file:
ALTER TABLE account ADD COLUMN token uuid DEFAULT gen_random_uuid();
