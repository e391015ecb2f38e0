UPDATE {history} SET statements_done = {done} WHERE version = {version}
