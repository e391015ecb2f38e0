-- pgstrata: no-transaction
VACUUM FULL account;
--^^^^^^^^^^^^^^^^^ `VACUUM FULL` locks the table until all of it is written anew
CLUSTER account USING account_email;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `CLUSTER` locks the table until all of it is written anew
