-- A value can be added later, but not taken away.
CREATE TYPE {type} AS ENUM ('{first}', '{second}');
