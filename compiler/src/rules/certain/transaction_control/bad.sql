BEGIN;
--^^^ `BEGIN` begins or ends a transaction
CREATE TABLE account (id bigint PRIMARY KEY);
COMMIT;
--^^^^ `COMMIT` begins or ends a transaction
