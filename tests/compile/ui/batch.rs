pgstrata::embed_migrations!("ui/batch");

fn main() {}
