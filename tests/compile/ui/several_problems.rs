pgstrata::embed_migrations!("ui/several_problems");

fn main() {}
