SELECT h.attempt, h.statements_done::bigint AS done, h.intent, h.batches, h.batch_rows FROM {history} AS h WHERE h.version = {version} AND h.state = {state}
