CREATE TABLE role (id bigint);
CREATE USER MAPPING FOR reader SERVER other;
-- its down file:
REVOKE ALL ON account FROM PUBLIC;
