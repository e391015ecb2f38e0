pgstrata::embed_migrations!("ui/requires_unknown");

fn main() {}
