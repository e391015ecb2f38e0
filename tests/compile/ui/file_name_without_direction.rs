pgstrata::embed_migrations!("ui/file_name_without_direction");

fn main() {}
