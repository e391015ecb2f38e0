pgstrata::embed_migrations!("ui/no_such_directory");

fn main() {}
