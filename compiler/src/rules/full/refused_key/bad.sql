CREATE TABLE person (id bigint PRIMARY KEY, name text, code text);
CREATE TABLE town (name text NOT NULL, code text);
CREATE UNIQUE INDEX town_code ON town (code) WHERE code IS NOT NULL;
-- then:
CREATE TABLE child (parent text REFERENCES person);
--                              ^^^^^^^^^^ `parent` is text, and `id`, to which it leads, is bigint
CREATE TABLE other (name text REFERENCES person (name));
--                            ^^^^^^^^^^ no key of `person` is about name alone
CREATE TABLE third (town text REFERENCES town);
--                            ^^^^^^^^^^ `town` has no primary key to lead to
CREATE TABLE fourth (code text, FOREIGN KEY (code) REFERENCES town (code));
--                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no key of `town` is about code alone
ALTER TABLE town ADD COLUMN mayor uuid REFERENCES person (id);
--                                     ^^^^^^^^^^ `mayor` is uuid, and `id`, to which it leads, is bigint
ALTER TABLE town ADD CONSTRAINT town_code_person FOREIGN KEY (code) REFERENCES person (code, id);
--                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no key of `person` is about code, id alone
