CREATE TABLE {table} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    {column} text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
