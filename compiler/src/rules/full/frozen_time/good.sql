CREATE VIEW recent AS SELECT id, 'now' AS word FROM visit WHERE at > now() - interval '1 day';
-- or:
CREATE TABLE visit (at timestamptz DEFAULT now(), word text DEFAULT 'now', day date DEFAULT CURRENT_DATE);
INSERT INTO visit (at) VALUES ('now'::timestamptz);
CREATE TABLE copied AS SELECT 'now'::timestamptz AS at;
-- or:
CREATE FUNCTION since() RETURNS timestamptz LANGUAGE sql AS $$ SELECT 'now'::timestamptz $$;
