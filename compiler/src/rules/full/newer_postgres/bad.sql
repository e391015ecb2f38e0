CREATE UNIQUE INDEX account_email ON account (email) NULLS NOT DISTINCT;
--                                                   ^^^^^^^^^^^^^^^^^^ `NULLS NOT DISTINCT` is new in PostgreSQL 15
MERGE INTO account USING team ON true WHEN MATCHED THEN DO NOTHING;
--^^^^^^^^ `MERGE` is new in PostgreSQL 15
ALTER TABLE account ADD COLUMN name text GENERATED ALWAYS AS (lower(email)) VIRTUAL;
--                                                                        ^^^^^^^^^ `GENERATED … VIRTUAL` is new in PostgreSQL 18
