pgstrata::embed_migrations!("ui/file_unreadable");

fn main() {}
