pgstrata::embed_migrations!("ui/file_name_verify");

fn main() {}
