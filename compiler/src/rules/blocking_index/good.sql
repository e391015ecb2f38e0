CREATE TABLE account (id bigint, email text);
CREATE INDEX account_email ON account (email);
