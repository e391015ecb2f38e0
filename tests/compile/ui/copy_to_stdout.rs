pgstrata::embed_migrations!("ui/copy_to_stdout");

fn main() {}
