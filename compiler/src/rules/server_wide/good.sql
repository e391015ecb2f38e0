ALTER TABLE account ADD COLUMN seen_at timestamptz;
