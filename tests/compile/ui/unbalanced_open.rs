pgstrata::embed_migrations!("ui/unbalanced_open");

fn main() {}
