CREATE TABLE account (id bigint PRIMARY KEY, email varchar(100), team bigint);
-- then:
ALTER TABLE account ADD CONSTRAINT account_team FOREIGN KEY (team) REFERENCES team (id);
--                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no index begins with `team`
CREATE INDEX account_id ON account (email, team);
CREATE TABLE book (id bigint, owner bigint REFERENCES account, UNIQUE (id, owner), FOREIGN KEY (owner) REFERENCES team);
--                            ^^^^^ no index begins with `owner`
--                                                                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no index begins with `owner`
ALTER TABLE book ADD COLUMN reader bigint REFERENCES account;
--                          ^^^^^^ no index begins with `reader`
