CREATE TABLE public.account (id bigint);
CREATE TABLE IF NOT EXISTS audit.account (id bigint);
CREATE TEMPORARY TABLE scratch (id bigint);
CREATE VIEW known AS SELECT 1;
-- its down file:
CREATE TABLE team (id bigint);
