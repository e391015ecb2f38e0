-- The history's schema and tables, as their names are written elsewhere: without the schema $5.
SELECT quote_ident($1::text), prefix || quote_ident($2::text), prefix || quote_ident($3::text), prefix || quote_ident($4::text)
FROM (SELECT CASE $1::text WHEN $5::text THEN '' ELSE quote_ident($1) || '.' END) AS p (prefix)
