CREATE ROLE reporter LOGIN;
CREATE TABLE login (password text DEFAULT 'none');
