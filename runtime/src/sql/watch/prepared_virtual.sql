(SELECT x.virtualtransaction FROM pg_catalog.pg_locks AS x
       WHERE x.pid IS NULL AND x.locktype = 'transactionid' AND x.granted AND x.transactionid = p.transaction LIMIT 1)
