pgstrata::embed_migrations!("ui/duplicate_assignment");

fn main() {}
