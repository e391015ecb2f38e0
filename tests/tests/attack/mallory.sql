-- What a role can put in the way that may create in `public`. The names come from settings of the
-- session; whoever is caught in it says so in the server's log, and its query fails.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mallory') THEN
        CREATE ROLE mallory;
    END IF;
    -- Before, everybody could.
    IF current_setting('server_version_num')::int >= 150000 THEN
        GRANT CREATE ON SCHEMA public TO mallory;
    END IF;
END
$$;
SET SESSION AUTHORIZATION mallory;
SET search_path = pg_catalog;
SET check_function_bodies = off;

CREATE FUNCTION public.captured(what text) RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE LOG 'captured: % as %', what, current_user;
    RAISE EXCEPTION 'captured: % as %', what, current_user;
END
$$;

-- Operators: of exactly these types they come before any of pg_catalog that needs a cast.
DO $$
DECLARE
    names text[] := string_to_array(current_setting('mallory.operators'), ' ');
    usual regtype[] := string_to_array(current_setting('mallory.types'), ' ');
    pair record;
    name text;
BEGIN
    FOR pair IN
        SELECT l.type AS l, r.type AS r FROM unnest(usual) AS l (type), unnest(usual) AS r (type)
        UNION
        -- Whatever else a column of a catalog is.
        SELECT l, r FROM (
            SELECT DISTINCT a.atttypid::regtype AS type
            FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
            WHERE current_setting('mallory.others') = 'yes' AND a.attrelid < 16384 AND a.attnum > 0 AND t.typtype <> 'p') AS c,
            LATERAL (VALUES (c.type, c.type), (c.type, 'text'::regtype), ('text', c.type), (c.type, 'int4'), ('int4', c.type)) AS p (l, r)
    LOOP
        EXECUTE format('CREATE FUNCTION public.says(%s, %s) RETURNS boolean LANGUAGE plpgsql AS '
                       '%L', pair.l, pair.r, format('BEGIN RETURN public.captured(%L); END', format('an operator of %s and %s', pair.l, pair.r)));
        EXECUTE format('CREATE FUNCTION public.makes(%s, %s) RETURNS %s LANGUAGE plpgsql AS '
                       '%L', pair.l, pair.r, pair.l, format('BEGIN PERFORM public.captured(%L); END', format('an operator of %s and %s', pair.l, pair.r)));
        FOREACH name IN ARRAY names LOOP
            EXECUTE format('CREATE OPERATOR public.%s (FUNCTION = public.%s, LEFTARG = %s, RIGHTARG = %s)',
                           name, CASE WHEN name ~ '[<>=~]' THEN 'says' ELSE 'makes' END, pair.l, pair.r);
        END LOOP;
    END LOOP;
END
$$;

-- Functions: with the arguments of those that there are, and with one of them of another type.
DO $$
DECLARE
    names text[] := string_to_array(current_setting('mallory.functions'), ' ');
    usual regtype[] := string_to_array(current_setting('mallory.types'), ' ');
    function record;
BEGIN
    FOR function IN
        WITH existing AS (
            SELECT proname AS name, proargtypes::oid[] AS arguments FROM pg_proc
            WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = ANY (names) AND pronargs <= 4
            -- VARIADIC "any" takes any number.
            UNION SELECT proname, array_fill('text'::regtype::oid, ARRAY[number])
            FROM pg_proc, generate_series(0, 7) AS number
            WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = ANY (names) AND provariadic <> 0
        ), changed AS (
            SELECT name, arguments FROM existing
            UNION
            SELECT name, arguments[0:place - 1] || type || arguments[place + 1:cardinality(arguments) - 1]
            FROM existing, generate_series(0, cardinality(arguments) - 1) AS place, unnest(usual::oid[]) AS type
            WHERE array_lower(arguments, 1) = 0 AND cardinality(arguments) <= 2
        )
        SELECT DISTINCT name, ARRAY(SELECT format_type(type, NULL) FROM unnest(arguments) WITH ORDINALITY AS a (type, place) ORDER BY place) AS arguments
        FROM changed
        WHERE NOT EXISTS (SELECT FROM unnest(arguments) AS type JOIN pg_type AS t ON t.oid = type
                          WHERE t.typname IN ('any', 'cstring', 'internal', 'record', 'trigger'))
    LOOP
        EXECUTE format('CREATE FUNCTION public.%I(%s) RETURNS text LANGUAGE plpgsql AS %L', function.name,
                       array_to_string(function.arguments, ', '),
                       format('BEGIN PERFORM public.captured(%L); END', function.name || '()'));
    END LOOP;
END
$$;

-- Tables and types, for a path in which `public` comes before pg_catalog.
DO $$
DECLARE
    words text[] := string_to_array(current_setting('mallory.words'), ' ');
    usual regtype[] := string_to_array(current_setting('mallory.types'), ' ');
    name text;
BEGIN
    FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v') AND relname = ANY (words)
    LOOP
        EXECUTE format('CREATE VIEW public.%I AS SELECT %s FROM pg_catalog.%I WHERE public.captured(%L)', name,
                       (SELECT string_agg(quote_ident(attname) || CASE atttypid WHEN 'anyarray'::regtype THEN '::text' ELSE '' END, ', ' ORDER BY attnum)
                        FROM pg_attribute WHERE attrelid = ('pg_catalog.' || quote_ident(name))::regclass AND attnum > 0),
                       name, 'the table ' || name);
    END LOOP;
    FOR name IN SELECT typname FROM pg_type WHERE oid = ANY (usual::oid[]) AND typtype <> 'p' AND typname !~ '^_'
    LOOP
        EXECUTE format('CREATE DOMAIN public.%I AS pg_catalog.%I CHECK (public.captured(%L))', name, name, 'the type ' || name);
    END LOOP;
END
$$;

-- A cast needs a type of one's own.
CREATE TYPE public.mine AS ENUM ('a');
CREATE FUNCTION public.of_mine(public.mine) RETURNS text LANGUAGE plpgsql AS
    'BEGIN PERFORM public.captured(''a cast of mine''); END';
CREATE FUNCTION public.to_mine(text) RETURNS public.mine LANGUAGE plpgsql AS
    'BEGIN PERFORM public.captured(''a cast to mine''); END';
CREATE CAST (public.mine AS text) WITH FUNCTION public.of_mine(public.mine) AS IMPLICIT;
CREATE CAST (text AS public.mine) WITH FUNCTION public.to_mine(text) AS IMPLICIT;
RESET SESSION AUTHORIZATION;
