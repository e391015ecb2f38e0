DO $$
BEGIN
    UPDATE account SET active = true WHERE active IS NULL;
    COMMIT;
--  ^^^^^^ `COMMIT` inside a DO block of a transaction
END
$$;
