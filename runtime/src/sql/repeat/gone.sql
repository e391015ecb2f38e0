-- A repeatable of which something is gone is as if its script had changed. What builds a materialized view
-- stays as it is: that may take hours.
UPDATE {history} AS h SET up_checksum = ''
WHERE h.version IS NULL AND h.state = 'applied' AND h.label = ANY ({labels})
  AND EXISTS (SELECT FROM {targets} AS t WHERE ({object}) IS NULL)
  AND NOT EXISTS (SELECT FROM {targets} AS t WHERE t.kind = 'materialized view');
