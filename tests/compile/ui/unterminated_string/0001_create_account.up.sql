CREATE TABLE account (
    name text DEFAULT 'new
);
