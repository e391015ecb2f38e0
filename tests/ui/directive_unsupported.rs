pgstrata::embed_migrations!("ui/directive_unsupported");

fn main() {}
