pgstrata::embed_migrations!("ui/file_utf16");

fn main() {}
