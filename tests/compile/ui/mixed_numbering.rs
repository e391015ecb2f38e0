pgstrata::embed_migrations!("ui/mixed_numbering");

fn main() {}
