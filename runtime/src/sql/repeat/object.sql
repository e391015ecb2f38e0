-- The number of a recorded object, or NULL; a kind that a newer program records is there.
CASE t.kind
    WHEN 'routine' THEN (
        SELECT p.oid FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname = t.schema::name AND p.proname = t.name::name AND pg_catalog.oidvectortypes(p.proargtypes) = t.part)
    WHEN 'type' THEN (
        SELECT y.oid FROM pg_catalog.pg_type AS y JOIN pg_catalog.pg_namespace AS n ON n.oid = y.typnamespace
        WHERE n.nspname = t.schema::name AND y.typname = t.name::name)
    WHEN 'view' THEN {class}
    WHEN 'materialized view' THEN {class}
    WHEN 'trigger' THEN (SELECT g.oid FROM pg_catalog.pg_trigger AS g WHERE g.tgrelid = {class} AND g.tgname = t.part::name)
    WHEN 'rule' THEN (SELECT r.oid FROM pg_catalog.pg_rewrite AS r WHERE r.ev_class = {class} AND r.rulename = t.part::name)
    WHEN 'policy' THEN (SELECT p.oid FROM pg_catalog.pg_policy AS p WHERE p.polrelid = {class} AND p.polname = t.part::name)
    ELSE 1::oid END
