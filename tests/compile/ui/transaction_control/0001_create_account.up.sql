BEGIN;
CREATE TABLE account (id bigint);
COMMIT;
