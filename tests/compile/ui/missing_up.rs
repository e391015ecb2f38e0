pgstrata::embed_migrations!("ui/missing_up");

fn main() {}
