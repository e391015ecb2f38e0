UPDATE account SET email = '', email = 'x' WHERE id = 1;
