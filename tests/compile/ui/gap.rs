pgstrata::embed_migrations!("ui/gap");

fn main() {}
