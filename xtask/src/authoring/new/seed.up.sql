-- What is there already is known by a unique constraint.
INSERT INTO {table} ({column}) VALUES
    ('{first}'),
    ('{second}')
ON CONFLICT DO NOTHING;
