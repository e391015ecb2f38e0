CREATE MATERIALIZED VIEW total AS SELECT 1;
-- then:
REFRESH MATERIALIZED VIEW total;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ readers of `total` wait (ACCESS EXCLUSIVE) until it is filled
