SELECT tags[low:high], low::int, '{"a":b}' FROM range;
SELECT json_object('key':value) FROM range;
