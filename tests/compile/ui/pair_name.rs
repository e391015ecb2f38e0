pgstrata::embed_migrations!("ui/pair_name");

fn main() {}
