-- pgstrata: code crate::look
SELECT 1;
