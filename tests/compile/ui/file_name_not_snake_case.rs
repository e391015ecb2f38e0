pgstrata::embed_migrations!("ui/file_name_not_snake_case");

fn main() {}
