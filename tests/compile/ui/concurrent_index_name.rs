pgstrata::embed_migrations!("ui/concurrent_index_name");

fn main() {}
