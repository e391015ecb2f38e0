CREATE TABLE account (id bigint);
--           ^^^^^^^ `account` has no schema
CREATE UNLOGGED TABLE IF NOT EXISTS team (id bigint);
--                                  ^^^^ `team` has no schema
