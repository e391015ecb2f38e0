DELETE FROM {table} WHERE {column} IN ('{first}', '{second}');
