-- Nothing is sorted or concatenated row by row: either would cost a fifth more.
SELECT coalesce(pg_catalog.string_agg(h.label, pg_catalog.chr(10)), ''),
       coalesce(pg_catalog.string_agg(h.up_checksum, ''), ''), coalesce(pg_catalog.string_agg(h.down_checksum, ''), ''),
       pg_catalog.count(*) FILTER (WHERE h.state = 'applied' AND h.checksum_algorithm = {algorithm})
FROM {history} AS h
