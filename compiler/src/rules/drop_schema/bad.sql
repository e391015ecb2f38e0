CREATE SCHEMA audit;
-- then:
DROP SCHEMA audit;
