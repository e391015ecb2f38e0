pgstrata::embed_migrations!("ui/optional_dropped");

fn main() {}
