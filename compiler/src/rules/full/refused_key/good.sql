CREATE TABLE person (id bigint PRIMARY KEY, name text UNIQUE, code varchar(9), born date);
CREATE UNIQUE INDEX person_code ON person (code, born);
CREATE TABLE copied (LIKE person);
CREATE TABLE made (id bigint NOT NULL);
CREATE UNIQUE INDEX made_id ON made (id);
ALTER TABLE made ADD CONSTRAINT made_pkey PRIMARY KEY USING INDEX made_id;
-- then:
CREATE TABLE child (parent int REFERENCES person, name varchar(10) REFERENCES person (name));
CREATE TABLE other (born timestamp, code text, FOREIGN KEY (born, code) REFERENCES person (born, code));
CREATE TABLE third (id bigint PRIMARY KEY, up bigint REFERENCES third, copied bigint REFERENCES copied (id));
CREATE TABLE fourth (made bigint REFERENCES made, again bigint REFERENCES made (id), theirs uuid REFERENCES theirs);
ALTER TABLE child ADD COLUMN next bigint, ADD FOREIGN KEY (next) REFERENCES person (id);
