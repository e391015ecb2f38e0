pgstrata::embed_migrations!("ui/lock_open_missing");

fn main() {}
