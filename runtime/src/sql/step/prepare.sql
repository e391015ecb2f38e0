PREPARE pgstrata_guard AS
{guard};
