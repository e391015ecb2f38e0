-- The first number is the oldest layout that a writer must know, the last one the layout itself.
COMMENT ON TABLE {history} IS 'pgstrata history layout 3, extended to 4';
COMMENT ON TABLE {events} IS 'pgstrata history layout 3, extended to 4';
COMMENT ON TABLE {failures} IS 'pgstrata history layout 3, extended to 4';
