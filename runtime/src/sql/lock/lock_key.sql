pg_catalog.hashtextextended(pg_catalog.concat('pgstrata ', pg_catalog.current_database(), ' ', {history_text}::pg_catalog.text), 0)
