CREATE TABLE booking (room bigint, during tstzrange);
ALTER TABLE booking ADD CONSTRAINT booking_once EXCLUDE USING gist (room WITH =, during WITH &&);
-- or:
CREATE TABLE booking (room bigint, during tstzrange);
-- then:
ALTER TABLE booking ADD CONSTRAINT booking_room CHECK (room > 0) NOT VALID;
-- its down file:
ALTER TABLE booking ADD CONSTRAINT booking_once EXCLUDE USING gist (room WITH =, during WITH &&);
