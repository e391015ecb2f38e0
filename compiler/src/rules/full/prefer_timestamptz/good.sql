CREATE TABLE account (seen_at timestamptz, made_at timestamp(3) with time zone, day date);
-- or:
DROP TABLE account;
-- its down file:
CREATE TABLE account (seen_at timestamp);
