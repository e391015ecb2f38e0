pgstrata::embed_migrations!("ui/code_misused");

fn main() {}
