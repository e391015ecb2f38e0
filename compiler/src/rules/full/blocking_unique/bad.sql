CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD CONSTRAINT account_email_unique UNIQUE (email);
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the index behind this constraint is built under the strongest lock
ALTER TABLE account ADD PRIMARY KEY (id);
--                  ^^^^^^^^^^^^^^^^^^^^ the index behind this constraint is built under the strongest lock
ALTER TABLE account ADD COLUMN mail text UNIQUE;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^ the index behind this constraint is built under the strongest lock
ALTER TABLE account ADD COLUMN number bigint PRIMARY KEY;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the index behind this constraint is built under the strongest lock
-- or:
CREATE TABLE event (id bigint NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
-- then:
ALTER TABLE event ADD CONSTRAINT event_once UNIQUE (id, at);
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the index behind this constraint is built under the strongest lock
