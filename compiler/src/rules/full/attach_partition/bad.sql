CREATE TABLE event (at date) PARTITION BY RANGE (at);
CREATE TABLE event_2024 (at date);
-- then:
ALTER TABLE event ATTACH PARTITION event_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all rows of `event_2024` are read under ACCESS EXCLUSIVE, and nobody can use it meanwhile
-- or:
CREATE TABLE event (at date) PARTITION BY RANGE (at);
CREATE TABLE event_2024 (at date, CONSTRAINT only_2024 UNIQUE (at));
ALTER TABLE event_2024 ADD CONSTRAINT in_2024 CHECK (at >= '2024-01-01') NOT VALID;
-- then:
ALTER TABLE event ATTACH PARTITION event_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all rows of `event_2024` are read under ACCESS EXCLUSIVE, and nobody can use it meanwhile
-- or:
CREATE TABLE event (at date) PARTITION BY RANGE (at);
CREATE TABLE event_2024 (at date, CONSTRAINT in_2024 CHECK (at >= '2024-01-01' AND at < '2025-01-01'));
-- then:
ALTER TABLE event ATTACH PARTITION event_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all rows of `event_2024` are read under ACCESS EXCLUSIVE, and nobody can use it meanwhile
-- or:
CREATE TABLE event (id bigint NOT NULL, at date) PARTITION BY RANGE (at);
CREATE TABLE event_2024 (id bigint NOT NULL CHECK (id > 0), at date NOT NULL);
-- then:
ALTER TABLE event ATTACH PARTITION event_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all rows of `event_2024` are read under ACCESS EXCLUSIVE, and nobody can use it meanwhile
-- or:
CREATE TABLE event (id bigint NOT NULL) PARTITION BY HASH (id);
CREATE TABLE event_0 (id bigint NOT NULL CHECK (id > 0));
-- then:
ALTER TABLE event ATTACH PARTITION event_0 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all rows of `event_0` are read under ACCESS EXCLUSIVE, and nobody can use it meanwhile
-- or:
CREATE TABLE event (id bigint NOT NULL, kind text NOT NULL) PARTITION BY LIST (kind);
CREATE TABLE event_sold PARTITION OF event FOR VALUES IN ('sold') PARTITION BY RANGE (id);
CREATE TABLE event_sold_few (id bigint NOT NULL, kind text NOT NULL, CHECK (id >= 0 AND id < 10));
-- then:
ALTER TABLE event_sold ATTACH PARTITION event_sold_few FOR VALUES FROM (0) TO (10);
--                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all rows of `event_sold_few` are read under ACCESS EXCLUSIVE, and nobody can use it meanwhile
-- or:
CREATE TABLE event (at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE event_rest PARTITION OF event DEFAULT;
-- then:
CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all rows of `event_rest`, the default partition, are read under ACCESS EXCLUSIVE
-- or:
CREATE TABLE event (at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE event_rest (at date NOT NULL);
ALTER TABLE event ATTACH PARTITION event_rest DEFAULT;
-- then:
CREATE TABLE event_2024 (at date NOT NULL);
ALTER TABLE event ATTACH PARTITION event_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all rows of `event_rest`, the default partition, are read under ACCESS EXCLUSIVE
