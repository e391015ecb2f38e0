REINDEX TABLE account;
--^^^^^^^^^^^^^^^^^^^ writers wait until the indexes are built again, and so do most queries
REINDEX (VERBOSE) INDEX account_email;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every query of the table waits until its index is built again
REINDEX SYSTEM;
--^^^^^^^^^^^^ writers wait until the indexes are built again, and so do most queries
