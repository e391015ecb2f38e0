-- A constant default does not rewrite the table; NOT NULL needs one.
ALTER TABLE {table} ADD COLUMN {column} text;
