pgstrata::embed_migrations!("ui/settings_unknown_key");

fn main() {}
