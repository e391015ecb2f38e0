CREATE VIEW recent AS SELECT id FROM visit WHERE at > 'now'::timestamp - interval '1 day';
--                                                    ^^^^^ 'now' is evaluated once, when this statement runs, and never again
-- or:
CREATE MATERIALIZED VIEW recent AS SELECT id FROM visit WHERE day = CAST('today' AS date);
--                                                                       ^^^^^^^ 'today' is evaluated once, when this statement runs, and never again
-- or:
CREATE TABLE visit (at timestamptz DEFAULT 'now', day date NOT NULL DEFAULT date 'Tomorrow');
--                  ^^ 'now' is evaluated once, when this statement runs, and never again
--                                                                               ^^^^^^^^^^ 'Tomorrow' is evaluated once, when this statement runs, and never again
-- or:
ALTER TABLE visit ADD CONSTRAINT past CHECK (at < timestamp with time zone 'now');
--                                                                         ^^^^^ 'now' is evaluated once, when this statement runs, and never again
