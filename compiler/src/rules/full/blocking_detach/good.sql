-- pgstrata: no-transaction
CREATE TABLE event (at date) PARTITION BY RANGE (at);
-- then:
-- pgstrata: no-transaction
ALTER TABLE event DETACH PARTITION event_2024 CONCURRENTLY;
ALTER TABLE event DETACH PARTITION event_2024 FINALIZE;
ALTER TABLE event ADD COLUMN partition text;
