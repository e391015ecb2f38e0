CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD CONSTRAINT account_email_unique UNIQUE (email);
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the index of this constraint is built under ACCESS EXCLUSIVE: nobody can read or write `account` meanwhile
ALTER TABLE account ADD PRIMARY KEY (id);
--                  ^^^^^^^^^^^^^^^^^^^^ the index of this constraint is built under ACCESS EXCLUSIVE: nobody can read or write `account` meanwhile
ALTER TABLE account ADD COLUMN mail text UNIQUE;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^ the index of this constraint is built under ACCESS EXCLUSIVE: nobody can read or write `account` meanwhile
ALTER TABLE account ADD COLUMN number bigint PRIMARY KEY;
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the index of this constraint is built under ACCESS EXCLUSIVE: nobody can read or write `account` meanwhile
-- or:
CREATE TABLE event (id bigint NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
-- then:
ALTER TABLE event ADD CONSTRAINT event_once UNIQUE (id, at);
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the index of this constraint is built under ACCESS EXCLUSIVE: nobody can read or write `event` meanwhile
