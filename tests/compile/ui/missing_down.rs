pgstrata::embed_migrations!("ui/missing_down");

fn main() {}
