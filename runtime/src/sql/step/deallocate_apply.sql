DEALLOCATE pgstrata_claim; DEALLOCATE pgstrata_record;
