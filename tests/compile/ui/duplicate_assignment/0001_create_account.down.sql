UPDATE account SET email = '' WHERE id = 1;
