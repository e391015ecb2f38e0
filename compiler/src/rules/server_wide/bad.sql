ALTER DATABASE shop SET timezone TO 'UTC';
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `ALTER DATABASE` reaches beyond this database
