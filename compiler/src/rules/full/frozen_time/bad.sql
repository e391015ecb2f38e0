CREATE VIEW recent AS SELECT id FROM visit WHERE at > 'now'::timestamp - interval '1 day';
--                                                    ^^^^^ 'now' is read once, now: the object keeps the time of this migration
-- or:
CREATE MATERIALIZED VIEW recent AS SELECT id FROM visit WHERE day = CAST('today' AS date);
--                                                                       ^^^^^^^ 'today' is read once, now: the object keeps the time of this migration
-- or:
CREATE TABLE visit (at timestamptz DEFAULT 'now', day date NOT NULL DEFAULT date 'Tomorrow');
--                  ^^ 'now' is read once, now: the object keeps the time of this migration
--                                                                               ^^^^^^^^^^ 'Tomorrow' is read once, now: the object keeps the time of this migration
-- or:
ALTER TABLE visit ADD CONSTRAINT past CHECK (at < timestamp with time zone 'now');
--                                                                         ^^^^^ 'now' is read once, now: the object keeps the time of this migration
