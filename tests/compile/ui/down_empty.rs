pgstrata::embed_migrations!("ui/down_empty");

fn main() {}
