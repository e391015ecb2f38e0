CREATE TABLE event (at date) PARTITION BY RANGE (at);
-- then:
ALTER TABLE event DETACH PARTITION event_2024;
--                ^^^^^^^^^^^^^^^^^^^^^^^^^^^ `event` is locked to detach its partition
