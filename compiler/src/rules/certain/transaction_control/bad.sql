BEGIN;
--^^^ `BEGIN` begins or ends a transaction
CREATE TABLE account (id bigint PRIMARY KEY);
COMMIT;
--^^^^ `COMMIT` begins or ends a transaction
-- or:
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this comes too late for the transaction of a migration, which has begun at READ COMMITTED
-- or:
SET LOCAL transaction_read_only = on;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this comes too late for the transaction of a migration, which has begun at READ COMMITTED
