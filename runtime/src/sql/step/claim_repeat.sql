DELETE FROM {history} WHERE version IS NULL AND label = {label} AND attempt = {attempt};
