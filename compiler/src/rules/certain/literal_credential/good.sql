CREATE ROLE reporter LOGIN;
CREATE TABLE login (password text DEFAULT 'none');
CREATE ROLE visitor PASSWORD NULL VALID UNTIL '2030-01-01';
SELECT password 'none';
CREATE TABLE other (login password DEFAULT password 'none');
DROP ROLE password;
