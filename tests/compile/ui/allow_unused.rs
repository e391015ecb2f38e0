pgstrata::embed_migrations!("ui/allow_unused");

fn main() {}
