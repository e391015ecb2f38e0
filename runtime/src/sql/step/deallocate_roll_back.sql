DEALLOCATE pgstrata_undo; DEALLOCATE pgstrata_undone;
