-- pgstrata: no-transaction
DO $$
BEGIN
    UPDATE account SET active = true WHERE active IS NULL;
    COMMIT;
END
$$;
