SET search_path TO audit;
--^^^^^^^^^^^^^^^^^^^^^^ this changes `search_path` for the rest of the session
