EXECUTE pgstrata_undone ({attempt});
