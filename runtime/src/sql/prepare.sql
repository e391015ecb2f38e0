PREPARE pgstrata_guard AS
{guard};
PREPARE pgstrata_claim AS
{insert}
PREPARE pgstrata_record AS
{record}
