pgstrata::embed_migrations!("ui/file_name_stray");

fn main() {}
