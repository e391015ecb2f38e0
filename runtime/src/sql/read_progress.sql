SELECT h.attempt, h.statements_done, h.intent FROM {history} AS h WHERE h.version = {version}
