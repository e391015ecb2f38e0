EXECUTE pgstrata_record ({action}, {reason}, {version});
