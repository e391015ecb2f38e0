pgstrata::embed_migrations!("ui/lock_sealed_removed");

fn main() {}
