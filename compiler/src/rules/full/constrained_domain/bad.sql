CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every table with a column of `email` has this constraint
CREATE DOMAIN name AS text NOT NULL;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every table with a column of `name` has this constraint
