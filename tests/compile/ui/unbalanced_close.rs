pgstrata::embed_migrations!("ui/unbalanced_close");

fn main() {}
