CREATE TABLE event (at date) PARTITION BY RANGE (at);
CREATE TABLE event_2024 (at date);
-- then:
ALTER TABLE event ATTACH PARTITION event_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all rows of `event_2024` are read under the strongest lock
-- or:
CREATE TABLE event (at date) PARTITION BY RANGE (at);
CREATE TABLE event_2024 (at date, CONSTRAINT only_2024 UNIQUE (at));
ALTER TABLE event_2024 ADD CONSTRAINT in_2024 CHECK (at >= '2024-01-01') NOT VALID;
-- then:
ALTER TABLE event ATTACH PARTITION event_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all rows of `event_2024` are read under the strongest lock
