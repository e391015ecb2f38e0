pgstrata::embed_migrations!("ui/lock_truncated");

fn main() {}
