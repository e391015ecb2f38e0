pgstrata::embed_migrations!("ui/repeatable_unsupported");

fn main() {}
