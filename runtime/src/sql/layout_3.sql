-- The way back may end with Rust code.
ALTER TABLE {history} ADD COLUMN IF NOT EXISTS down_code text;
COMMENT ON TABLE {history} IS 'pgstrata history layout 3';
COMMENT ON TABLE {events} IS 'pgstrata history layout 3';
