pgstrata::embed_migrations!("ui/code_missing");

mod hashing {}

fn main() {}
