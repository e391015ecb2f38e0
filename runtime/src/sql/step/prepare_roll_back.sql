PREPARE pgstrata_undo AS
{undo}
PREPARE pgstrata_undone AS
{undone}
