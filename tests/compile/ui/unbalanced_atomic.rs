pgstrata::embed_migrations!("ui/unbalanced_atomic");

fn main() {}
