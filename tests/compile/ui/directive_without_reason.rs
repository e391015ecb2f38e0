pgstrata::embed_migrations!("ui/directive_without_reason");

fn main() {}
