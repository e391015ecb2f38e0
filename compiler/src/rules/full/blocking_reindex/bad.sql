REINDEX TABLE account;
--^^^^^^^^^^^^^^^^^^^ writers of `account` wait (SHARE) until its indexes are built again, and so do queries that an index would serve
REINDEX (VERBOSE) INDEX account_email;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every query of the table waits (ACCESS EXCLUSIVE on its index, SHARE on the table) until the index is built again
REINDEX (CONCURRENTLY off) TABLE account;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ writers of `account` wait (SHARE) until its indexes are built again, and so do queries that an index would serve
REINDEX SYSTEM;
--^^^^^^^^^^^^ writers of each table wait (SHARE) until its indexes are built again, and so do queries that an index would serve
