pgstrata::embed_migrations!("ui/file_is_a_directory");

fn main() {}
