-- Plain columns: an operator, a function or an order would cost a fresh connection, which knows
-- nothing of the catalog yet, as much again as a hundred rows.
SELECT version, state, up_checksum, down_checksum FROM {history}
