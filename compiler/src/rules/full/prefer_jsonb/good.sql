CREATE TABLE account (settings jsonb, json text);
-- or:
DROP TABLE account;
-- its down file:
CREATE TABLE account (settings json);
