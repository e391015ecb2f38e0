DELETE FROM pgstrata_history WHERE version = 3;
--          ^^^^^^^^^^^^^^^^ this touches the history table
SELECT version FROM pgstrata_history_events;
--                  ^^^^^^^^^^^^^^^^^^^^^^^ this touches the history table
