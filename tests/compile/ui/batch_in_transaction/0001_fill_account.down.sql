UPDATE account SET active = NULL WHERE active;
