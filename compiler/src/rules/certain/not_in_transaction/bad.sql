CREATE INDEX CONCURRENTLY account_email ON account (email);
--           ^^^^^^^^^^^^ `CONCURRENTLY` cannot run inside a transaction
