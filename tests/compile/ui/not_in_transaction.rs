pgstrata::embed_migrations!("ui/not_in_transaction");

fn main() {}
