pgstrata::embed_migrations!("ui/repeatable_circle");

fn main() {}
