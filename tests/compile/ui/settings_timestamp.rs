pgstrata::embed_migrations!("ui/settings_timestamp");

fn main() {}
