-- Saved when the lock is taken, restored when it is released; the role may be needed for the others.
ARRAY['role', 'search_path', 'lock_timeout', 'statement_timeout', 'client_connection_check_interval']
