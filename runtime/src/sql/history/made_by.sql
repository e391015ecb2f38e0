-- Who owns what was just made. `layout.sql` would say the same, and costs as much as a table.
SELECT pg_catalog.quote_ident(current_user)::pg_catalog.regrole::pg_catalog.oid AS owner
