UPDATE {table} SET {column} = NULL WHERE {column} = '{first}';
