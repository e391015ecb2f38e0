pgstrata::embed_migrations!("ui/lock_sealed_renamed");

fn main() {}
