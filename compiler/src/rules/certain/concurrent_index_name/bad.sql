-- pgstrata: no-transaction
CREATE INDEX CONCURRENTLY ON account (email);
--           ^^^^^^^^^^^^ this concurrent index has no name
