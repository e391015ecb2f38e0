pgstrata::embed_migrations!();

fn main() {}
