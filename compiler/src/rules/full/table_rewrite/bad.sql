-- pgstrata: no-transaction
VACUUM FULL account;
--^^^^^^^^^^^^^^^^^ `VACUUM FULL` writes all of `account` anew under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
CLUSTER account USING account_email;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `CLUSTER` writes all of `account` anew under ACCESS EXCLUSIVE: nobody can read or write it meanwhile
