pgstrata::embed_migrations!("ui/server_wide");

fn main() {}
