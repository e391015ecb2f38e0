DEALLOCATE pgstrata_guard; DEALLOCATE pgstrata_claim; DEALLOCATE pgstrata_record;
