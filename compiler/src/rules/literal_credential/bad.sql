CREATE ROLE reporter LOGIN PASSWORD 'hunter2';
--                         ^^^^^^^^ a password is written here
