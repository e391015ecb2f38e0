pgstrata::embed_migrations!("ui/directory_empty");

fn main() {}
