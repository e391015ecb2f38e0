CREATE TABLE booking (room bigint, during tstzrange);
-- then:
ALTER TABLE booking ADD CONSTRAINT booking_once EXCLUDE USING gist (room WITH =, during WITH &&);
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the index of this constraint is built under ACCESS EXCLUSIVE: nobody can read or write `booking` meanwhile
