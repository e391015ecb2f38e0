pgstrata::embed_migrations!("ui/repeatable_stray");

fn main() {}
