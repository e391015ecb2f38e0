pgstrata::embed_migrations!("ui/contract_not_last");

fn main() {}
