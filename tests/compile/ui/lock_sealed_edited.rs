pgstrata::embed_migrations!("ui/lock_sealed_edited");

fn main() {}
