pgstrata::embed_migrations!("ui/file_name_too_few_digits");

fn main() {}
