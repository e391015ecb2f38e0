DEALLOCATE pgstrata_guard;
