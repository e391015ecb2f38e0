CREATE TABEL account (id bigint);
