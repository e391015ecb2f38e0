CREATE TABLE account (id bigint GENERATED ALWAYS AS IDENTITY, serial text);
-- or:
DROP TABLE account;
-- its down file:
CREATE TABLE account (id bigserial);
