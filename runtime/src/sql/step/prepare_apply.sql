PREPARE pgstrata_claim AS
{insert}
PREPARE pgstrata_record AS
{record}
