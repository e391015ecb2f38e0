DO $$
BEGIN
    UPDATE account SET active = true WHERE active IS NULL;
    COMMIT;
--  ^^^^^^ `COMMIT` inside a DO block of a transaction
END
$$;
-- or:
DO $a$COMMIT$a$;
--    ^^^^^^ `COMMIT` inside a DO block of a transaction
