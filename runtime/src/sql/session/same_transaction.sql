DO {quote}
BEGIN
    IF {transaction}
       IS DISTINCT FROM pg_catalog.pg_current_xact_id_if_assigned()::text THEN
        RAISE EXCEPTION 'the code ended the transaction that it was given' USING ERRCODE = 'PGSTX';
    END IF;
END
{quote}
