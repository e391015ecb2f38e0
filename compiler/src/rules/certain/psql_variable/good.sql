SELECT tags[low:high], low::int, '{"a":b}' FROM range;
SELECT json_object('key':value) FROM range;
SELECT tags[low :high], json_object(key : value) FROM range;
SELECT json_object('key' :value, (1) :value, 1 :value) FROM range;
