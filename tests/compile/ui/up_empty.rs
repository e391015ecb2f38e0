pgstrata::embed_migrations!("ui/up_empty");

fn main() {}
