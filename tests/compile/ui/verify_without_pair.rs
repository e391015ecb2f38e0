pgstrata::embed_migrations!("ui/verify_without_pair");

fn main() {}
