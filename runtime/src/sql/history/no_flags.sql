NOT (c.relhastriggers OR c.relhasrules OR c.relhassubclass OR c.relrowsecurity)
