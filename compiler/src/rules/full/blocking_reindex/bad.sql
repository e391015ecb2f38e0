REINDEX TABLE account;
--^^^^^^^^^^^^^^^^^^^ writers wait until the index is built anew
REINDEX (VERBOSE) INDEX account_email;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ writers wait until the index is built anew
REINDEX SYSTEM;
--^^^^^^^^^^^^ writers wait until the index is built anew
