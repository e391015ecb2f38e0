CREATE ROLE reporter LOGIN PASSWORD 'hunter2';
--                         ^^^^^^^^ a password is written here
ALTER ROLE reporter PASSWORD 'hunter2';
--                  ^^^^^^^^ a password is written here
CREATE USER reporter ENCRYPTED PASSWORD 'hunter2';
--                             ^^^^^^^^ a password is written here
CREATE GROUP readers PASSWORD 'hunter2';
--                   ^^^^^^^^ a password is written here
