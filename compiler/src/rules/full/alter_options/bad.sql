ALTER FUNCTION touch() SECURITY DEFINER;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `touch` behaves differently from here on
ALTER VIEW IF EXISTS known SET (security_barrier);
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `known` behaves differently from here on
ALTER PROCEDURE run(int) SET search_path = audit;
--^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `run` behaves differently from here on
ALTER ROUTINE run COST 10;
--^^^^^^^^^^^^^^^^^^^^^^^ `run` behaves differently from here on
