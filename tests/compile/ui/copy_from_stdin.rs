pgstrata::embed_migrations!("ui/copy_from_stdin");

fn main() {}
