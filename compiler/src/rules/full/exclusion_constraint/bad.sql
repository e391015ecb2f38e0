CREATE TABLE booking (room bigint, during tstzrange);
-- then:
ALTER TABLE booking ADD CONSTRAINT booking_once EXCLUDE USING gist (room WITH =, during WITH &&);
--                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the index behind this constraint is built under the strongest lock
