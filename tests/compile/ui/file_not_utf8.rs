pgstrata::embed_migrations!("ui/file_not_utf8");

fn main() {}
