pgstrata::embed_migrations!("ui/directive_inside");

fn main() {}
