pgstrata::embed_migrations!("ui/duplicate_version");

fn main() {}
