SET search_path TO audit;
