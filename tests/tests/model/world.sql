-- What is there before any migration. Every statement that runs leaves rows in the ledger, so
-- that a second execution can be seen.
DROP SCHEMA IF EXISTS public, aside CASCADE;
CREATE SCHEMA public;
CREATE SCHEMA aside;
CREATE TABLE public.ledger (key text NOT NULL);
CREATE TABLE public.gate (version bigint NOT NULL);
CREATE TABLE public.base (id int PRIMARY KEY, n int NOT NULL);
INSERT INTO public.base SELECT n, n % 7 FROM generate_series(1, 40) AS n;
CREATE INDEX base_n ON public.base (n);
CREATE TYPE public.mood AS ENUM ('calm');
-- Rows for batches: five a migration.
CREATE TABLE public.work (version bigint NOT NULL, id int PRIMARY KEY, done boolean NOT NULL DEFAULT false);
INSERT INTO public.work (version, id)
SELECT version, version * 10 + n FROM generate_series(1, 15) AS version, generate_series(1, 5) AS n;
CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.ledger VALUES (NEW.version || CASE WHEN NEW.done THEN ' batch ' ELSE ' unbatch ' END || NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER note AFTER UPDATE ON public.work FOR EACH ROW EXECUTE FUNCTION public.note();
-- For DETACH PARTITION; migrations add more.
CREATE TABLE public.parts (version bigint NOT NULL) PARTITION BY LIST (version);
CREATE TABLE public.part_1 PARTITION OF public.parts FOR VALUES IN (1);
CREATE TABLE public.part_2 PARTITION OF public.parts FOR VALUES IN (2);
CREATE TABLE public.part_3 PARTITION OF public.parts FOR VALUES IN (3);
