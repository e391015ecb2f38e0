CREATE TABLE account (
    -- pgstrata: no-transaction
    id bigint
);
