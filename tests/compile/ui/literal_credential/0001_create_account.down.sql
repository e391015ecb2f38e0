DROP ROLE reporter;
