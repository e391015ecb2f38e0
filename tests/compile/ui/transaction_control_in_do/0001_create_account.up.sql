DO $$
BEGIN
    UPDATE account SET active = true;
    COMMIT;
END
$$;
