DELETE FROM pgstrata_history WHERE version = 3;
--          ^^^^^^^^^^^^^^^^ this touches the history table
