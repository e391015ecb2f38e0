pgstrata::embed_migrations!("ui/lock_merge_conflict");

fn main() {}
