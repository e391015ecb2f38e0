EXECUTE pgstrata_undo ({version}, {attempt}, {label}, {reason});
