-- pgstrata: no-transaction
VACUUM FULL account;
--^^^^^^^^^^^^^^^^^ `VACUUM FULL` rewrites all of `account` under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
CLUSTER account USING account_email;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `CLUSTER` rewrites all of `account` under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
