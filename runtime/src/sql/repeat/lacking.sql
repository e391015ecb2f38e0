-- Fails where a migration of this transaction has taken something from a repeatable that it does not run.
DO {quote}
DECLARE lacking text;
BEGIN
    SELECT pg_catalog.string_agg(h.label, ' ') INTO lacking FROM {history} AS h
    WHERE h.version IS NULL AND h.state = 'applied' AND h.up_checksum = '' AND h.label = ANY ({labels});
    IF lacking IS NOT NULL THEN
        RAISE EXCEPTION '%', lacking USING ERRCODE = 'PGSRL';
    END IF;
END
{quote}
