CREATE TABLE account (id bigserial PRIMARY KEY);
--                    ^^ `id` has a sequence of its own
ALTER TABLE account ADD COLUMN team serial;
--                             ^^^^ `team` has a sequence of its own
