pgstrata::embed_migrations!("ui/batch_in_transaction");

fn main() {}
