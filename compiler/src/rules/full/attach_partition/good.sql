CREATE TABLE event (at date) PARTITION BY RANGE (at);
CREATE TABLE event_2024 (at date, CONSTRAINT in_2024 CHECK (at IS NOT NULL AND at >= '2024-01-01' AND at < '2025-01-01'));
-- then:
ALTER TABLE event ATTACH PARTITION event_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- or:
CREATE TABLE event (at date) PARTITION BY RANGE (at);
CREATE TABLE event_2024 (at date);
-- then:
CREATE TABLE event_2025 (at date);
ALTER TABLE event ATTACH PARTITION event_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
ALTER TABLE event CLUSTER ON event_2024;
-- its down file:
ALTER TABLE event ATTACH PARTITION event_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- or:
CREATE TABLE event (id bigint NOT NULL, kind text) PARTITION BY LIST (kind);
CREATE TABLE event_sold (id bigint NOT NULL, kind text NOT NULL);
ALTER TABLE event_sold ADD CONSTRAINT event_sold_kind CHECK (kind IN ('sold', 'returned')) NOT VALID;
ALTER TABLE event_sold VALIDATE CONSTRAINT event_sold_kind;
-- then:
ALTER TABLE event ATTACH PARTITION event_sold FOR VALUES IN ('sold', 'returned', 'lost');
-- or:
CREATE TABLE event (id bigint NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE event_few (id bigint NOT NULL CHECK (id BETWEEN 0 AND 99));
-- then:
ALTER TABLE event ATTACH PARTITION event_few FOR VALUES FROM (MINVALUE) TO (100);
-- or:
CREATE TABLE event (at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE event_rest PARTITION OF event DEFAULT;
ALTER TABLE event_rest ADD CONSTRAINT not_2024 CHECK (at < '2024-01-01' OR at >= '2025-01-01') NOT VALID;
ALTER TABLE event_rest VALIDATE CONSTRAINT not_2024;
-- then:
CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
